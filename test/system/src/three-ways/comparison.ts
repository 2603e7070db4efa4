import type { KnownTransaction } from '../naive-features.js';
import { type Expectations, ORACLE_FEATURES } from '../faults/oracle.js';

/** Differences between one way of reading and the oracle; the first few of each kind. */
export interface Compared {
  /** Different transactions read. */
  readonly rows: number;
  /** Ids that were not requested, or were returned twice. */
  readonly strange: readonly string[];
  /** Values that are not bit-identical to the oracle's. */
  readonly different: readonly string[];
  readonly differentRows: number;
}

/**
 * The expected result: each row once, all values equal to the oracle's. Ways of reading with this result are identical.
 */
export function identical(rows: number): Compared {
  return { rows, strange: [], different: [], differentRows: 0 };
}

const SHOWN = 10;

/** Compares the rows of one way of reading with the oracle, in any order. */
export class Comparison {
  private readonly seen: Uint8Array;
  private readonly strange: string[] = [];
  private readonly different: string[] = [];
  private rows = 0;
  private differentRows = 0;

  constructor(private readonly expectations: Expectations) {
    this.seen = new Uint8Array(expectations.size);
  }

  /**
   * Adds the features of a transaction.
   * @param values of `ORACLE_FEATURES`, in that order
   */
  take(id: string, values: ArrayLike<number>): void {
    const place = this.expectations.placeOf(id);
    if (place === undefined || this.seen[place] === 1) return note(this.strange, id);
    this.seen[place] = 1;
    this.rows++;
    const expected = this.expectations.of(id);
    const slot = ORACLE_FEATURES.findIndex((_name, i) => !Object.is(values[i], expected?.[i]));
    if (slot < 0) return;
    this.differentRows++;
    note(this.different, `${id} ${ORACLE_FEATURES[slot]}: ${values[slot]} instead of ${expected?.[slot]}`);
  }

  result(): Compared {
    const { rows, strange, different, differentRows } = this;
    return { rows, strange, different, differentRows };
  }
}

/** Adds consecutive rows of `names.length` values each. */
export function takeRows(
  comparison: Comparison,
  ids: readonly string[],
  names: readonly string[],
  values: ArrayLike<number>,
): void {
  const slots = ORACLE_FEATURES.map((name) => names.indexOf(name));
  const row = new Float64Array(slots.length);
  for (const [i, id] of ids.entries()) {
    for (const [to, from] of slots.entries()) row[to] = values[i * names.length + from] ?? Number.NaN;
    comparison.take(id, row);
  }
}

/** Splits rows into spans of event time, in order. */
export function spansOf(rows: readonly KnownTransaction[], spanMs: number): readonly (readonly KnownTransaction[])[] {
  const spans: KnownTransaction[][] = [];
  let endMs = -Infinity;
  for (const row of rows) {
    if (row.atMs >= endMs) {
      spans.push([]);
      endMs = row.atMs + spanMs;
    }
    spans.at(-1)?.push(row);
  }
  return spans;
}

function note(list: string[], what: string): void {
  if (list.length < SHOWN) list.push(what);
}
