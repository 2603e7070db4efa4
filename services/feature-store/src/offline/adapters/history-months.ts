import type pg from 'pg';
import { OFFLINE_SCHEMA as S } from './offline-schema.js';

const TABLES = ['feature_rows', 'labels'] as const;
export type HistoryTable = (typeof TABLES)[number];

/** Postgres's code for a row that no partition takes. */
const NO_PARTITION = '23514';

/** The months of the history: one table each, made when their first row comes, dropped when they are older than wanted. */
export class HistoryMonths {
  private readonly known = new Map<HistoryTable, Set<number>>();

  constructor(private readonly pool: pg.Pool) {}

  /** Makes sure that the months of these instants exist. Costs next to nothing for months seen before. */
  async ensure(table: HistoryTable, timesMs: Iterable<number>): Promise<void> {
    const known = this.known.get(table) ?? new Set<number>();
    this.known.set(table, known);
    for (const [month, timeMs] of missingMonths(timesMs, known)) {
      await this.pool.query(`SELECT ${S}.add_month($1, $2)`, [table, new Date(timeMs)]);
      known.add(month);
    }
  }

  /** Forgets what is known if an error says that a month is gone: the next attempt makes it anew. */
  noteFailure(error: unknown): void {
    if ((error as { code?: unknown }).code === NO_PARTITION) this.known.clear();
  }

  /**
   * Drops the months that ended at or before an instant. Waits for their readers, but stands in nobody's way.
   * @returns names of the dropped tables.
   */
  async dropBefore(timeMs: number): Promise<readonly string[]> {
    const { rows } = await this.pool.query<{ parent: string; child: string }>(
      `SELECT parent.relname AS parent, child.relname AS child
       FROM pg_inherits JOIN pg_class parent ON parent.oid = inhparent JOIN pg_class child ON child.oid = inhrelid
       WHERE parent.relnamespace = '${S}'::regnamespace AND parent.relname = ANY($1) AND child.relkind = 'r'
       ORDER BY child.relname`,
      [TABLES],
    );
    const dropped: string[] = [];
    for (const { parent, child } of rows) {
      if (monthEndMs(child) > timeMs) continue;
      await this.pool.query(`ALTER TABLE ${S}.${parent} DETACH PARTITION ${S}.${child} CONCURRENTLY`);
      await this.pool.query(`DROP TABLE ${S}.${child}`);
      dropped.push(child);
    }
    this.known.clear();
    return dropped;
  }
}

/** An instant of each month not known yet, by the month's first instant. */
function missingMonths(timesMs: Iterable<number>, known: ReadonlySet<number>): ReadonlyMap<number, number> {
  const missing = new Map<number, number>();
  // Most rows lie in the month of the row before.
  let fromMs = 0;
  let toMs = 0;
  for (const timeMs of timesMs) {
    if (fromMs <= timeMs && timeMs < toMs) continue;
    const at = new Date(timeMs);
    fromMs = Date.UTC(at.getUTCFullYear(), at.getUTCMonth());
    toMs = Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1);
    if (!known.has(fromMs)) missing.set(fromMs, timeMs);
  }
  return missing;
}

/** When the month of a table named `…_2018_04` has ended. */
function monthEndMs(table: string): number {
  const match = /_(\d+)_(\d\d)$/.exec(table);
  return match === null ? Number.POSITIVE_INFINITY : Date.UTC(Number(match[1]), Number(match[2]));
}
