/** Record headers on every topic. Values are UTF-8 text. */
export const HEADERS = {
  /** Unique id of the event. It is derived from the input, so a repeated event has the same id. */
  eventId: 'event-id',
  /** Event time, ISO 8601 UTC. The record's timestamp is the broker's append time. */
  occurredAt: 'occurred-at',
  schemaVersion: 'schema-version',
  /** W3C trace context. */
  traceparent: 'traceparent',
  /** `<topic>:<partition>` of the record that this one was derived from, for de-duplication by the receiver. */
  sourcePartition: 'source-partition',
  /** Offset in that partition. */
  sourceOffset: 'source-offset',
  /** `<partition>:<offset>` of the transaction in `transactions.validated`, on every record derived from it. */
  origin: 'origin',
  dlqTopic: 'dlq-topic',
  dlqPartition: 'dlq-partition',
  dlqOffset: 'dlq-offset',
  dlqErrorCode: 'dlq-error-code',
  dlqReason: 'dlq-reason',
  dlqField: 'dlq-field',
  dlqAttempts: 'dlq-attempts',
} as const;
