import { withClient } from '@fraudflow/postgres';
import type pg from 'pg';
import type { StoredTransaction } from '../offline-store.port.js';
import { OFFLINE_SCHEMA as S } from './offline-schema.js';

interface TransactionRecord {
  transaction_id: string;
  occurred_at_ms: number;
  customer_id: string;
  terminal_id: string;
  amount_minor: number;
  currency: string;
}

const INDEX_LOCK = `hashtext('fraudflow.offline.id_index')`;

/**
 * Finds transactions by id. A month has its index over ids from the start; months that came without one, from an older version, get it at the
 * first lookup, and are read through until it is there.
 */
export class TransactionLookup {
  private indexing: Promise<void> | undefined;

  constructor(
    private readonly pool: pg.Pool,
    private readonly onIndexFailed: (error: Error) => void,
  ) {}

  async find(asked: readonly string[]): Promise<readonly StoredTransaction[]> {
    // Postgres refuses a text with NUL, so it has none stored.
    const ids = asked.filter((id) => !id.includes('\0'));
    this.indexing ??= this.makeIndexes().catch((error: Error) => {
      this.indexing = undefined;
      this.onIndexFailed(error);
    });
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

  /** Resolves when all months are indexed, should that be under way. */
  settled(): Promise<void> {
    return this.indexing ?? Promise.resolve();
  }

  /** One worker at a time; without locking writers out. An index that a death left half made is made again. */
  private makeIndexes(): Promise<void> {
    return withClient(this.pool, async (client) => {
      await client.query(`SELECT pg_advisory_lock(${INDEX_LOCK})`);
      try {
        for (const month of await monthsWithoutIndex(client)) {
          await client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${S}.${month}_by_id`);
          await client.query(`CREATE INDEX CONCURRENTLY ${month}_by_id ON ${S}.${month} USING hash (transaction_id)`);
        }
      } finally {
        await client.query(`SELECT pg_advisory_unlock(${INDEX_LOCK})`);
      }
    });
  }
}

async function monthsWithoutIndex(client: pg.ClientBase): Promise<readonly string[]> {
  const { rows } = await client.query<{ month: string }>(
    `SELECT child.relname AS month FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
     WHERE inhparent = '${S}.feature_rows'::regclass AND NOT EXISTS (
       SELECT FROM pg_index JOIN pg_class index ON index.oid = indexrelid
       WHERE indrelid = child.oid AND indisvalid AND index.relname = child.relname || '_by_id')
     ORDER BY child.relname DESC`,
  );
  return rows.map(({ month }) => month);
}
