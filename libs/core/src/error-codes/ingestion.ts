import { entriesOf, type ErrorCodeEntries, type ErrorCodeEntry } from './error-code-entry.js';

/** Fields of a transaction, a label or an exchange rate. */
const REQUIRED_OR_VALID = [
  'transaction_id',
  'occurred_at',
  'customer_id',
  'terminal_id',
  'amount',
  'currency',
  'card_number',
  'card_token',
  'is_fraud',
  'labelled_at',
  'source',
  'base_currency',
  'rate',
  'effective_at',
] as const;
const EVENT_TIMES = ['occurred_at', 'labelled_at', 'effective_at'] as const;
const LABEL_KEYS = ['customer_id', 'terminal_id', 'occurred_at'] as const;

const missing = (field: string): ErrorCodeEntry => ({
  kinds: ['invalid_input'],
  meaning: `The required field \`${field}\` is absent or null.`,
  operator: 'Correct the producer, then send the record again.',
});
const invalid = (field: string): ErrorCodeEntry => ({
  kinds: ['invalid_input'],
  meaning: `The field \`${field}\` violates the schema of its topic.`,
  operator: 'Correct the producer as stated in the message, then send the record again.',
});
const inFuture = (field: string): ErrorCodeEntry => ({
  kinds: ['invalid_input'],
  meaning: `The time \`${field}\` is too far after the time at which Kafka received the record.`,
  operator: 'Correct the clock or the time zone of the producer, then send the record again.',
});
const tooOld = (field: string): ErrorCodeEntry => ({
  kinds: ['invalid_input'],
  meaning: `The time \`${field}\` is too far before the time at which Kafka received the record.`,
  operator: 'Raise FRAUDFLOW_INGESTION_MAX_AGE if older records are needed, then send the record again.',
});
const differs = (field: string): ErrorCodeEntry => ({
  kinds: ['invalid_input'],
  meaning: `The label states another \`${field}\` than the transaction with its transaction_id.`,
  operator: 'Correct the field in the producer of the labels, or leave it out, then send the label again.',
});

/** Codes of ingestion: refused records, requests with records, exchange rates. */
export const INGESTION_CODES = {
  ...entriesOf(REQUIRED_OR_VALID, 'MISSING', missing),
  ...entriesOf(REQUIRED_OR_VALID, 'INVALID', invalid),
  ...entriesOf(EVENT_TIMES, 'IN_FUTURE', inFuture),
  ...entriesOf(EVENT_TIMES, 'TOO_OLD', tooOld),
  ...entriesOf(LABEL_KEYS, 'DIFFERS', differs),
  AMOUNT_INVALID: {
    kinds: ['invalid_input'],
    meaning: 'The amount is not a number, is negative, or has more decimals than its currency.',
    operator: 'Correct the amount in the producer, then send the record again.',
  },
  AMOUNT_TOO_LARGE: {
    kinds: ['invalid_input'],
    meaning: 'The amount exceeds the largest accepted amount in the base currency.',
    operator: 'Check the amount and the exchange rate; ingestion takes its limit from FRAUDFLOW_INGESTION_MAX_AMOUNT.',
  },
  LABELLED_AT_INVALID: {
    kinds: ['invalid_input'],
    meaning: 'The time `labelled_at` violates the schema, or is earlier than the transaction.',
    operator: 'Correct the producer of the labels, then send the label again.',
  },
  SOURCE_MISSING: {
    kinds: ['invalid_input'],
    meaning: 'The field `source` of a label or an exchange rate is null.',
    operator: 'Leave the field out, or name a source, then send the record again.',
  },
  RECORD_INVALID: {
    kinds: ['invalid_input'],
    meaning: 'The input record as a whole violates the schema of its topic.',
    operator: 'Correct the producer as stated in the message, then send the record again.',
  },
  RECORD_EMPTY: {
    kinds: ['invalid_input'],
    meaning: 'The input record has no value.',
    operator: 'Correct the producer; a deletion marker has no meaning in an input topic.',
  },
  ENCODING_INVALID: {
    kinds: ['invalid_input'],
    meaning: 'The input record is not valid UTF-8.',
    operator: 'Correct the encoding of the producer, then send the record again.',
  },
  JSON_INVALID: {
    kinds: ['invalid_input'],
    meaning: 'The input record, or the body of a request, is not valid JSON.',
    operator: 'Correct the producer. The message does not repeat the text, because it may hold a card number.',
  },
  JSON_NOT_AN_OBJECT: {
    kinds: ['invalid_input'],
    meaning: 'The input record is valid JSON, but not an object.',
    operator: 'Send one JSON object per record.',
  },
  BODY_MISSING: {
    kinds: ['invalid_input'],
    meaning: 'The HTTP request has no JSON body.',
    operator: 'Send a JSON body with content-type application/json.',
  },
  ITEM_COUNT_INVALID: {
    kinds: ['invalid_input'],
    meaning: 'A request holds no item, or more items than one call accepts.',
    operator: 'Send as many items per call as the message allows.',
  },
  INTAKE_OVERLOADED: {
    kinds: ['resource_exhausted', 'unavailable'],
    meaning: 'Too many calls are already waiting for Kafka.',
    operator: 'Send the records again later; check the latency of Kafka if it lasts.',
  },
  INTAKE_TIMEOUT: {
    kinds: ['timeout'],
    meaning: 'Kafka has not confirmed the records in time; they may be written.',
    operator: 'Send the records again with the same ids: repeats have no effect. Check the brokers.',
  },
  TRANSACTION_ID_REUSED: {
    kinds: ['invalid_input'],
    meaning: 'Another transaction with this id but other content was accepted before.',
    operator: 'Send the transaction again with a different id; it is in transactions.dlq.',
  },
  TRANSACTION_UNKNOWN: {
    kinds: ['not_found'],
    meaning: 'A label waited for its transaction, and the transaction did not arrive in time.',
    operator: 'Send the transaction, then the label again; `fraudflow dlq replay` sends dead letters again.',
  },
  TOO_MANY_WAITING_LABELS: {
    kinds: ['resource_exhausted'],
    meaning:
      'A label has an unknown transaction, and the maximum number of labels is already waiting for transactions.',
    operator: 'Check that transactions arrive, then send the dead letters again with `fraudflow dlq replay`.',
  },
  CURRENCY_RATE_UNKNOWN: {
    kinds: ['invalid_input', 'failed_precondition'],
    meaning: 'No exchange rate of the currency is effective at the time of the transaction.',
    operator: 'Add a rate with `fraudflow rates set`, then send the record again.',
  },
  CURRENCY_INVALID: {
    kinds: ['invalid_input'],
    meaning: 'The currency is not an accepted ISO 4217 code, or is the base currency where a rate is stated.',
    operator: 'Correct the currency.',
  },
  BASE_CURRENCY_DIFFERS: {
    kinds: ['invalid_input'],
    meaning: 'A stated exchange rate has another base currency than this installation.',
    operator: 'State the rate against the base currency (FRAUDFLOW_BASE_CURRENCY).',
  },
  RATE_INVALID: {
    kinds: ['invalid_input'],
    meaning: 'An exchange rate is not a decimal number above 0 with at most 12 digits before and after the point.',
    operator: 'Correct the rate.',
  },
  RATE_TABLE_FULL: {
    kinds: ['resource_exhausted'],
    meaning: 'The table of exchange rates holds its maximum number of rates.',
    operator: 'Delete old rates from the topic currency.rates.',
  },
  AT_INVALID: {
    kinds: ['invalid_input'],
    meaning: 'The query parameter `at` of GET /v1/rates is not an instant.',
    operator: 'Send an instant such as 2026-01-05T00:00:00Z.',
  },
  LIMIT_INVALID: {
    kinds: ['invalid_input'],
    meaning: 'The query parameter `limit` of GET /v1/rates is out of range.',
    operator: 'Send a whole number within the range of the message.',
  },
} as const satisfies ErrorCodeEntries;
