/** Record headers on every topic. Values are UTF-8 text. */
export const HEADERS = {
  /** Unique id of the event; derives from the input, so a repeat carries the same one. */
  eventId: 'event-id',
  /** Event time, ISO 8601 UTC. The broker stamps append time on its own. */
  occurredAt: 'occurred-at',
  schemaVersion: 'schema-version',
  /** W3C trace context. */
  traceparent: 'traceparent',
  /** `<topic>:<partition>` the record was made from, for the receiver's de-duplication. */
  sourcePartition: 'source-partition',
  /** Offset in that partition. */
  sourceOffset: 'source-offset',
  /** `<partition>:<offset>` of a transaction in `transactions.validated`, on every record made from it further down. */
  origin: 'origin',
  dlqTopic: 'dlq-topic',
  dlqPartition: 'dlq-partition',
  dlqOffset: 'dlq-offset',
  dlqErrorCode: 'dlq-error-code',
  dlqReason: 'dlq-reason',
  dlqField: 'dlq-field',
  dlqAttempts: 'dlq-attempts',
} as const;
