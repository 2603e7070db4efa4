import { entriesOf, type ErrorCodeEntries, type ErrorCodeEntry } from './error-code-entry.js';

const unknown = (object: string): ErrorCodeEntry => ({
  kinds: ['not_found'],
  meaning: `No ${object.replaceAll('_', ' ')} with this name is defined.`,
  operator: 'Check the spelling against docs/features.md; definitions are in `libs/features`.',
});

/** Codes of feature definitions, feature state, online and offline reads, pushed rows and backfills. */
export const FEATURE_CODES = {
  ...entriesOf(['entity', 'feature_view', 'feature_service', 'feature'], 'UNKNOWN', unknown),
  FEATURE_VIEW_VERSION_UNKNOWN: {
    kinds: ['not_found'],
    meaning: 'A version of a feature view was requested that is not the latest one.',
    operator: 'Request the view without a version, or as `view@latest`.',
  },
  FEATURE_NAMES_COLLIDE: {
    kinds: ['invalid_input'],
    meaning: 'Two columns of the response would have the same name.',
    operator: 'Request each feature once, or request full feature names.',
  },
  FEATURE_NOT_COMPUTED: {
    kinds: ['invalid_input'],
    meaning: 'A pushed feature was used where only computed features are possible.',
    operator: 'Remove the feature from the definition that the message names.',
  },
  FEATURE_NOT_STREAMED: {
    kinds: ['invalid_input'],
    meaning: 'A feature is not part of the feature service that travels on the stream.',
    operator: 'Set FRAUDFLOW_FEATURE_SERVICE to a feature service that has the feature.',
  },
  FORMULA_UNSUPPORTED: {
    kinds: ['invalid_input'],
    meaning: 'A feature definition has a formula that the engine cannot compute.',
    operator: 'Correct the definition in `libs/features`; the message states the reason.',
  },
  WINDOW_TOO_LONG: {
    kinds: ['invalid_input'],
    meaning: 'The window of a feature reaches further back than events are held.',
    operator: 'Shorten the window, or raise the retention of events in the feature definitions.',
  },
  EVENT_INVALID: {
    kinds: ['invalid_input'],
    meaning: 'An event has a field that the feature engine does not accept, e.g. a time out of range.',
    operator: 'Correct the producer of the record. History reads skip and count such events.',
  },
  STATE_CORRUPT: {
    kinds: ['failed_precondition'],
    meaning: 'Stored feature state is not a valid encoding.',
    operator: 'Nothing: the feature store rebuilds the entity from the log. If it repeats, check the memory of Redis.',
  },
  STATE_LAYOUT_OTHER: {
    kinds: ['failed_precondition'],
    meaning: 'Feature state was written by another version of the program.',
    operator: 'Run feature store and scorer at the same version; the feature store then rebuilds the state.',
  },
  REDIS_UNAVAILABLE: {
    kinds: ['unavailable'],
    meaning: 'Redis cannot be reached or does not respond.',
    operator: 'Check Redis and the network. Services retry; reads of features fail until then.',
  },
  REDIS_EVICTS: {
    kinds: ['failed_precondition'],
    meaning: 'Redis evicts keys when its memory is full, which would make features wrong without an error.',
    operator: 'Set maxmemory-policy of Redis to noeviction, then start the service again.',
  },
  INSTALLATION_KEY_INVALID: {
    kinds: ['failed_precondition'],
    meaning: 'The key in Redis that protects feature states has the wrong length.',
    operator: 'Delete the Redis key of the message: feature states are then rebuilt with a new one.',
  },
  INSTALLATION_KEY_DIFFERS: {
    kinds: ['failed_precondition'],
    meaning: 'Redis lost its data, and another process has created a new installation key since then.',
    operator: 'Restart the process that reports it.',
  },
  POSTGRES_UNAVAILABLE: {
    kinds: ['unavailable'],
    meaning: 'Postgres cannot be reached or does not respond.',
    operator: 'Check Postgres and its connections, then send the request again.',
  },
  RESULT_CUT: {
    kinds: ['unavailable'],
    meaning: 'Postgres closed a COPY stream before its end.',
    operator: 'Send the request again. If it repeats, read the log of Postgres.',
  },
  ENTITY_COLUMNS_MISSING: {
    kinds: ['invalid_input'],
    meaning: 'The entity rows lack a join key that the requested features need.',
    operator: 'Send the columns that the message lists.',
  },
  REQUEST_DATA_MISSING: {
    kinds: ['not_found'],
    meaning: 'The requested features need data of the request that were not sent.',
    operator: 'Send the columns that the message lists, e.g. `amount` and `occurred_at`.',
  },
  PUSH_SOURCE_UNKNOWN: {
    kinds: ['invalid_input'],
    meaning: 'No view takes rows from a push source of this name.',
    operator: 'Check the name against docs/features.md.',
  },
  VIEW_NOT_WRITABLE: {
    kinds: ['invalid_input'],
    meaning: 'Rows were pushed to a view that is computed from transactions and labels.',
    operator: 'Publish the transactions instead, or push to a view that has a push source.',
  },
  VIEW_HAS_NO_VECTORS: {
    kinds: ['invalid_input'],
    meaning: 'A similarity search named a view without a vector index; no view has one.',
    operator: 'Read the features with get-online-features instead.',
  },
  ROWS_UNEQUAL: {
    kinds: ['invalid_input'],
    meaning: 'The columns of a historical request have different lengths.',
    operator: 'Send columns of one length.',
  },
  TIME_INVALID: {
    kinds: ['invalid_input'],
    meaning: 'A row of a historical request has no valid event time.',
    operator: 'Correct the row that the message names.',
  },
  TOO_MANY_READERS: {
    kinds: ['unavailable'],
    meaning: 'The maximum number of historical requests is running or waiting.',
    operator: 'Send the request again later, or run fewer training jobs at the same time.',
  },
  READER_TOO_SLOW: {
    kinds: ['timeout'],
    meaning: 'The reader of a historical stream took no message for the reader timeout.',
    operator: 'Read faster, or request smaller ranges.',
  },
  TOO_MUCH_OUT_OF_ORDER: {
    kinds: ['resource_exhausted'],
    meaning: 'A historical request has too many late transactions to compute their features in memory.',
    operator: 'Start a backfill (`fraudflow features backfill`) instead.',
  },
  ROW_REFUSED: {
    kinds: ['invalid_input'],
    meaning: 'A value of a pushed row cannot be stored in Postgres.',
    operator: 'Correct the value; the message states the reason.',
  },
  FIELD_MISSING: {
    kinds: ['invalid_input'],
    meaning: 'A record for the offline store lacks a field.',
    operator: 'Run ingestion and feature store at the same version.',
  },
  SOURCE_POSITION_MISSING: {
    kinds: ['invalid_input'],
    meaning: 'A record for the offline store has no source partition and source offset in its headers.',
    operator: 'Do not write to internal topics. If FraudFlow wrote the record, report it as a bug.',
  },
  OFFSET_MOVED: {
    kinds: ['conflict'],
    meaning: 'Another worker has moved the stored offset of a partition of the offline store.',
    operator: 'Nothing: the worker reads the stored offset again.',
  },
  BACKFILL_UNKNOWN: {
    kinds: ['not_found'],
    meaning: 'No backfill with this id exists.',
    operator: 'List the backfills with `fraudflow features backfills`.',
  },
  BACKFILL_MOVED: {
    kinds: ['conflict'],
    meaning: 'Another worker continued the backfill, or it is not running.',
    operator: 'Read the state of the backfill again.',
  },
  NOTHING_TO_BACKFILL: {
    kinds: ['failed_precondition'],
    meaning: 'Every stored row has all features of the feature service.',
    operator: 'Nothing: no backfill is needed.',
  },
} as const satisfies ErrorCodeEntries;
