import type { Transaction } from '@fraudflow/contracts';
import type pg from 'pg';
import { ID_INDEX, MonthIndexes } from './month-indexes.js';
import { OFFLINE_SCHEMA as S } from './offline-schema.js';

interface TransactionRecord {
  transaction_id: string;
  occurred_at_ms: number;
  customer_id: string;
  terminal_id: string;
  amount_minor: number;
  currency: string;
}

/**
 * Finds transactions by id. New months have an index on ids. Months from an older version without the index get it at
 * the first lookup and are scanned until it exists.
 */
export class TransactionLookup {
  private readonly indexes: MonthIndexes;

  constructor(
    private readonly pool: pg.Pool,
    onIndexFailed: (error: Error) => void,
  ) {
    this.indexes = new MonthIndexes(pool, [ID_INDEX], onIndexFailed);
  }

  async find(transactionIds: readonly string[]): Promise<readonly Transaction[]> {
    // Postgres refuses text with NUL, so no such id is stored.
    const ids = transactionIds.filter((id) => !id.includes('\0'));
    this.indexes.ensure();
    const { rows } = await this.pool.query<TransactionRecord>(
      `SELECT transaction_id, (extract(epoch FROM occurred_at) * 1000)::bigint AS occurred_at_ms, customer_id, terminal_id,
         amount_minor, currency
       FROM ${S}.feature_rows WHERE transaction_id = ANY($1) ORDER BY is_late, log_partition, log_offset`,
      [ids],
    );
    return rows.map((row) => ({
      transactionId: row.transaction_id,
      occurredAtMs: row.occurred_at_ms,
      customerId: row.customer_id,
      terminalId: row.terminal_id,
      amountMinor: row.amount_minor,
      currency: row.currency,
    }));
  }

  /** Resolves when the current index run, if there is one, has ended. */
  settled(): Promise<void> {
    return this.indexes.settled();
  }
}
