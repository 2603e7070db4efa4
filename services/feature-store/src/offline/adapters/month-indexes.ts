import { asError } from '@fraudflow/core';
import { withClient } from '@fraudflow/postgres';
import type pg from 'pg';
import { monthEndMs } from './history-months.js';
import { OFFLINE_SCHEMA as S } from './offline-schema.js';

/** An index that is created on each month's table when it is first needed. */
export interface MonthIndex {
  /** Suffix of the index name, after the name of the month's table. */
  readonly suffix: string;
  readonly definition: string;
  /** True to index only past months, so that loads into the current month do not maintain the index. */
  readonly isForPastMonths: boolean;
}

export const ID_INDEX: MonthIndex = {
  suffix: 'by_id',
  definition: 'USING hash (transaction_id)',
  isForPastMonths: false,
};
export const ENTITY_INDEXES: readonly MonthIndex[] = [
  { suffix: 'by_customer', definition: '(customer_id, occurred_at)', isForPastMonths: true },
  { suffix: 'by_terminal', definition: '(terminal_id, occurred_at)', isForPastMonths: true },
];

/** For reads that need no additional index. */
export const NO_INDEXES = { ensure: (): void => undefined };

const INDEX_LOCK = `hashtext('fraudflow.offline.id_index')`;
/** Time after which missing indexes are searched again; a new month appears once a month. */
const FRESH_MS = 600_000;

/**
 * Creates indexes on the months of the stored transactions on demand, in the background and without blocking writers.
 * Until then, reads scan the months. An advisory lock admits one worker at a time; an index that another worker did not
 * finish is recreated.
 */
export class MonthIndexes {
  private making: Promise<void> | undefined;

  constructor(
    private readonly pool: pg.Pool,
    private readonly indexes: readonly MonthIndex[],
    private readonly onFailed: (error: Error) => void,
  ) {}

  /** Starts to create missing indexes, unless it did so in the last ten minutes. */
  ensure(): void {
    if (this.making !== undefined) return;
    const forget = (): void => void (this.making = undefined);
    this.making = this.make().then(
      () => void setTimeout(forget, FRESH_MS).unref(),
      (thrown: unknown) => {
        forget();
        this.onFailed(asError(thrown));
      },
    );
  }

  /** Resolves when the current run, if there is one, has ended. */
  settled(): Promise<void> {
    return this.making ?? Promise.resolve();
  }

  private make(): Promise<void> {
    return withClient(this.pool, async (client) => {
      await client.query(`SELECT pg_advisory_lock(${INDEX_LOCK})`);
      try {
        for (const index of this.indexes) {
          for (const month of await monthsWithout(client, index)) {
            const name = `${month}_${index.suffix}`;
            await client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${S}.${name}`);
            await client.query(`CREATE INDEX CONCURRENTLY ${name} ON ${S}.${month} ${index.definition}`);
          }
        }
      } finally {
        await client.query(`SELECT pg_advisory_unlock(${INDEX_LOCK})`);
      }
    });
  }
}

async function monthsWithout(
  client: pg.ClientBase,
  { suffix, isForPastMonths }: MonthIndex,
): Promise<readonly string[]> {
  const { rows } = await client.query<{ month: string; newest: number | null }>(
    `SELECT child.relname AS month, (SELECT (extract(epoch FROM max(occurred_at)) * 1000)::float8 FROM ${S}.feature_rows) AS newest
     FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
     WHERE inhparent = '${S}.feature_rows'::regclass AND NOT EXISTS (
       SELECT FROM pg_index JOIN pg_class index ON index.oid = indexrelid
       WHERE indrelid = child.oid AND indisvalid AND index.relname = child.relname || '_' || $1)
     ORDER BY child.relname DESC`,
    [suffix],
  );
  const isOver = ({ month, newest }: (typeof rows)[number]): boolean => monthEndMs(month) <= (newest ?? 0);
  return rows.filter((row) => !isForPastMonths || isOver(row)).map(({ month }) => month);
}
