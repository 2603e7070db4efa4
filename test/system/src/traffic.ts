import { labelsTopic, transactionsTopic } from '@fraudflow/contracts';
import { DAY_MS } from '@fraudflow/core';
import type { EventProducer } from '@fraudflow/messaging';
import { TransactionSimulator } from '@fraudflow/simulator';
import type { KnownTransaction } from './naive-features.js';

/** Simulated transactions of a number of days, in time order. */
export function simulate(
  days: number,
  customers: number,
  terminals: number,
  seed: number,
): readonly KnownTransaction[] {
  const simulator = new TransactionSimulator({ seed, customers, terminals, radius: 20 });
  const rows: KnownTransaction[] = [];
  for (let day = 0; day < days; day++) {
    for (const transaction of simulator.nextDay().transactions) {
      rows.push({
        id: transaction.transactionId,
        atMs: transaction.occurredAtMs,
        customer: transaction.customerId,
        terminal: transaction.terminalId,
        cents: Math.round(transaction.amount * 100),
        isFraud: transaction.isFraud,
      });
    }
  }
  return rows;
}

/** Publishes rows. The label of each fraud follows it directly and becomes available seven days later. */
export async function publish(producer: EventProducer, rows: readonly KnownTransaction[]): Promise<void> {
  await producer.send(
    transactionsTopic,
    rows.map((row) => ({
      value: {
        transaction_id: row.id,
        occurred_at: new Date(row.atMs).toISOString(),
        customer_id: row.customer,
        terminal_id: row.terminal,
        amount: row.cents / 100,
        currency: 'EUR' as const,
      },
    })),
  );
  await producer.send(
    labelsTopic,
    rows
      .filter(({ isFraud }) => isFraud)
      .map((row) => ({
        value: {
          transaction_id: row.id,
          is_fraud: true,
          labelled_at: new Date(row.atMs + 7 * DAY_MS).toISOString(),
          source: 'chargeback' as const,
          customer_id: row.customer,
          terminal_id: row.terminal,
          occurred_at: new Date(row.atMs).toISOString(),
        },
      })),
  );
}
