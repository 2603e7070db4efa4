/**
 * A transaction in memory: the fields that services compute with. One of four forms, each defined once:
 * - `WireTransaction`: a record of `transactions` as its producer sends it, with the amount in major units.
 * - `ValidatedTransaction`: the canonical record that ingestion derives from it, with the amount in minor units.
 * - `Transaction`: the canonical record's fields as a service holds them, with the event time in ms.
 * - `StateEvent` (libs/features): what the state of an entity keeps of a transaction.
 */
export interface Transaction {
  readonly transactionId: string;
  /** Event time, ms since the epoch. */
  readonly occurredAtMs: number;
  readonly customerId: string;
  readonly terminalId: string;
  /** Whole minor units of `currency` (ISO 4217), at least 0. */
  readonly amountMinor: number;
  /** ISO 4217 code. */
  readonly currency: string;
}
