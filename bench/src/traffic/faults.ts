import type { SimulatedTransaction } from '@fraudflow/simulator';
import { type KeyedRecord, labelRecord } from './topic-writer.js';
import { simulatedRecord } from './simulated-record.js';

/** Intended faults of each simulated day. */
export interface FaultPlan {
  readonly badPerDay: number;
  readonly duplicatesPerDay: number;
  readonly unknownLabelsPerDay: number;
}

type Breaker = (transaction: SimulatedTransaction) => string;

const changed =
  (change: Readonly<Record<string, unknown>>): Breaker =>
  (transaction) =>
    JSON.stringify({ ...(JSON.parse(String(simulatedRecord(transaction).value)) as object), ...change });

/** Ways to make a record invalid; each must become a dead letter and affect no other record. */
export const BREAKERS: Readonly<Record<string, Breaker>> = {
  invalid_json: () => '{"transaction_id": "broken',
  not_a_number: (tx) => String(simulatedRecord(tx).value).replace(/"amount":[\d.]+/, '"amount":NaN'),
  negative_amount: changed({ amount: -12.5 }),
  wrong_type: changed({ amount: '12.50' }),
  missing_customer: changed({ customer_id: undefined }),
  unknown_currency: changed({ currency: 'QQQ' }),
  far_future: changed({ occurred_at: '2999-01-01T00:00:00.000Z' }),
};

const BREAKER_LIST = Object.values(BREAKERS);

/** The n-th bad record, made from a good transaction with a new id. */
export function badRecord(transaction: SimulatedTransaction, n: number): KeyedRecord {
  const breaker = BREAKER_LIST[n % BREAKER_LIST.length];
  const disguised = { ...transaction, transactionId: `bad-${n}` };
  return { ...simulatedRecord(disguised), value: breaker?.(disguised) ?? '' };
}

/** A label without a transaction: it stays pending, then becomes a dead letter of `labels`. */
export function unknownLabel(n: number, labelledAtMs: number): KeyedRecord {
  return labelRecord({
    transaction_id: `unknown-${n}`,
    is_fraud: true,
    labelled_at: new Date(labelledAtMs).toISOString(),
    source: 'chargeback',
  });
}
