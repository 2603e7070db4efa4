import type { StageKeys, TopicDefinition } from '@fraudflow/contracts';
import type { BatchContext } from '../consumer/handling/batch-handler.js';
import type { DecodedRecord } from '../consumer/handling/decoded-record.js';
import type { SubscriptionOptions } from '../consumer/subscription.js';
import type { FlatHeaders } from '../port/record.js';
import type { EventRecord } from '../producer/event-encoder.js';

const NO_HEADERS: FlatHeaders = [];

/** One output record of a stage, computed from one input record. */
export interface StageOutput extends EventRecord<unknown> {
  readonly topic: TopicDefinition;
  readonly from: DecodedRecord;
}

/** Creates an output record. Key, event id, event time and trace default to those of the topic and the input. */
export function output<Value>(
  topic: TopicDefinition<Value>,
  value: Value,
  from: DecodedRecord,
  overrides: Omit<EventRecord<Value>, 'value'> = {},
): StageOutput {
  return { ...overrides, topic: topic as unknown as TopicDefinition, value, from };
}

/**
 * As `output`, for a stage that encodes the value's JSON itself, which is cheaper for a large number of outputs.
 * @param encoded the record's key and value; the bytes must not change until the effects are durable
 */
export function encodedOutput(
  topic: Pick<TopicDefinition, 'name' | 'version'>,
  { key, json, headers = NO_HEADERS }: { readonly key: string; readonly json: Buffer; readonly headers?: FlatHeaders },
  from: DecodedRecord,
): StageOutput {
  return { topic: topic as TopicDefinition, value: undefined, key, json, headers, from };
}

/** The effects of a batch. */
export interface StageEffects {
  readonly outputs: readonly StageOutput[];
  /** New packed states by key; null deletes. Undefined if none changed. */
  readonly writes?: ReadonlyMap<string, Uint8Array | null>;
  /**
   * Only if the context allows it: these effects are not made durable. The changed states must be among the writes of
   * the next effects that are not deferred, which may belong to a call without records; until then the processor must
   * not evict them.
   */
  readonly isDeferred?: true;
}

/** Context of a batch with the state of its partition. */
export interface StageContext extends BatchContext {
  /**
   * Lost state is being rebuilt, and the outputs of these records are in the log: they need not be computed, and the
   * effects may be deferred.
   */
  readonly mayDefer: boolean;
  /** Committed packed states, in the order of keys. */
  read(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>;
  /** Keys of committed states, one page per call: see `StageStore.scan`. */
  scan(cursor: string | undefined): Promise<StageKeys>;
}

/**
 * Processes one partition while it is owned. It may hold caches: the object is dropped whenever they might be wrong
 * (partition lost, fenced, or `process` threw), and a new one is opened.
 */
export interface StageProcessor<Input> {
  /**
   * Must return the same effects for the same records and committed states, independent of the clock, so that a crash
   * has no visible effect. Errors as for BatchHandler. Called again only after its effects are durable.
   */
  process(records: readonly DecodedRecord<Input>[], context: StageContext): Promise<StageEffects>;
}

/** Declaration of a stage: its input, its state and its processor. */
export interface StageDefinition<Input> {
  /** Name of the state, the fences and, by default, the consumer group. It must not change for a running system. */
  readonly name: string;
  /** Its values are decoded by the schema, or by the subscription's `decode`. */
  readonly input: Pick<TopicDefinition, 'name' | 'cleanup' | 'schema'>;
  readonly groupId?: string;
  /**
   * Everything that the stored states depend on in addition to the records, such as the version of their format. States
   * of another layout are not read: the partition is rebuilt from the log.
   */
  readonly layout?: string;
  /**
   * Maximum age of a record, relative to the newest event time, that still counts in some state, ms. Lost state is then
   * rebuilt from records appended since; if undefined, from the start of the log. Needs the subscription's
   * `eventTimeMs`.
   */
  readonly stateReachMs?: number;
  /** Creates the processor of one partition. Must be cheap; called again after faults. */
  open(partition: number): StageProcessor<Input>;
  /** The partition was revoked. */
  closed?(partition: number): void;
  readonly subscription?: SubscriptionOptions<Input>;
}
