import { withClient } from '@fraudflow/postgres';
import type pg from 'pg';
import { OFFLINE_SCHEMA as S } from './offline-schema.js';

const TABLES = ['feature_rows', 'labels'] as const;
export type HistoryTable = (typeof TABLES)[number];

/** SQLSTATE of a row without a matching partition (check_violation). */
const NO_PARTITION = '23514';
/**
 * Months of this range have separate tables; all earlier times share one table, and all later times another. See
 * migration 0004.
 */
const FIRST_MS = Date.UTC(2000, 0);
const END_MS = Date.UTC(2100, 0);

/**
 * The monthly partitions of the history. A month's table is created for its first row and dropped by retention. There
 * are at most 1,200 months and two tables for earlier and later times, for any input.
 */
export class HistoryMonths {
  private readonly known = new Map<HistoryTable, Set<number>>();

  constructor(private readonly pool: pg.Pool) {}

  /** Creates the missing months of these instants. Known months are cached. */
  async ensure(table: HistoryTable, timesMs: Iterable<number>): Promise<void> {
    const known = this.known.get(table) ?? new Set<number>();
    this.known.set(table, known);
    for (const [month, timeMs] of missingMonths(timesMs, known)) {
      await this.pool.query(`SELECT ${S}.add_month($1, $2)`, [table, new Date(timeMs)]);
      known.add(month);
    }
  }

  /**
   * Clears the cache if the error means that a month was dropped, so that the next attempt creates it again.
   * @returns true if the error means that
   */
  noteFailure(error: unknown): boolean {
    if ((error as { code?: unknown }).code !== NO_PARTITION) return false;
    this.known.clear();
    return true;
  }

  /**
   * Drops the months that ended at or before an instant. It waits for their readers without blocking other sessions. An
   * advisory lock admits one worker at a time; a drop that another worker did not finish is completed.
   * @returns names of the dropped tables
   */
  async dropBefore(timeMs: number): Promise<readonly string[]> {
    return withClient(this.pool, async (client) => {
      const { rows } = await client.query<{ taken: boolean }>(`SELECT pg_try_advisory_lock(${DROP_LOCK}) AS taken`);
      if (rows[0]?.taken !== true) return [];
      try {
        return await this.drop(client, timeMs);
      } finally {
        this.known.clear();
        await client.query(`SELECT pg_advisory_unlock(${DROP_LOCK})`);
      }
    });
  }

  private async drop(client: pg.ClientBase, timeMs: number): Promise<readonly string[]> {
    const { rows } = await client.query<{ parent: string; child: string; detaching: boolean | null }>(MONTH_TABLES, [
      TABLES,
    ]);
    const dropped: string[] = [];
    for (const { parent, child, detaching } of rows) {
      if (monthEndMs(child) > timeMs) continue;
      const detach = `ALTER TABLE ${S}.${parent} DETACH PARTITION ${S}.${child}`;
      // Null: the table is already detached.
      if (detaching !== null) await client.query(`${detach} ${detaching ? 'FINALIZE' : 'CONCURRENTLY'}`);
      await client.query(`DROP TABLE ${S}.${child}`);
      dropped.push(child);
    }
    return dropped;
  }
}

/** Tables of months, attached or not, by the naming scheme of `add_month`. */
const MONTH_TABLES = `SELECT parent, child.relname AS child, inhdetachpending AS detaching
  FROM unnest($1::text[]) AS parent
    JOIN pg_class child ON child.relname ~ ('^' || parent || '_(\\d{4}_\\d\\d|before_2000|from_2100)$')
    LEFT JOIN pg_inherits ON inhrelid = child.oid
  WHERE child.relnamespace = '${S}'::regnamespace AND child.relkind = 'r'
  ORDER BY child.relname`;
const DROP_LOCK = `hashtext('fraudflow.offline.drop_months')`;

/** One instant for each unknown table, by the table's first instant. NaN has no table. */
function missingMonths(timesMs: Iterable<number>, known: ReadonlySet<number>): ReadonlyMap<number, number> {
  const missing = new Map<number, number>();
  // Most rows are in the month of the previous row.
  let fromMs = 0;
  let toMs = 0;
  for (const timeMs of timesMs) {
    if ((fromMs <= timeMs && timeMs < toMs) || Number.isNaN(timeMs)) continue;
    [fromMs, toMs] = monthOf(timeMs);
    if (!known.has(fromMs)) missing.set(fromMs, Math.min(Math.max(timeMs, FIRST_MS - 1), END_MS));
  }
  return missing;
}

/** The range [from, to) of the table that holds this instant. */
function monthOf(timeMs: number): readonly [number, number] {
  if (timeMs < FIRST_MS) return [Number.NEGATIVE_INFINITY, FIRST_MS];
  if (timeMs >= END_MS) return [END_MS, Number.POSITIVE_INFINITY];
  const at = new Date(timeMs);
  return [Date.UTC(at.getUTCFullYear(), at.getUTCMonth()), Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1)];
}

/** End of the range of a table named `…_2018_04` or `…_before_2000`, ms. */
export function monthEndMs(table: string): number {
  if (table.endsWith('_before_2000')) return FIRST_MS;
  const match = /_(\d{4})_(\d\d)$/.exec(table);
  return match === null ? Number.POSITIVE_INFINITY : Date.UTC(Number(match[1]), Number(match[2]));
}
