import type { KnownTransaction } from '../naive-features.js';
import { type Expectations, ORACLE_FEATURES } from '../faults/oracle.js';

/** What one way of reading has given, beside the oracle; the first few of each kind. */
export interface Compared {
  /** Different transactions read. */
  readonly rows: number;
  /** Ids that were not asked for, or came twice. */
  readonly strange: readonly string[];
  /** Values that are not the oracle's, bit for bit. */
  readonly different: readonly string[];
  readonly differentRows: number;
}

/** All rows, each once, every value the oracle's: ways that all look like this are identical to each other. */
export function identical(rows: number): Compared {
  return { rows, strange: [], different: [], differentRows: 0 };
}

const SHOWN = 10;

/** Holds the rows of one way of reading against the oracle, in whatever order they come. */
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
   * Takes features of a transaction in.
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

/** Takes rows in that lie one after the other, `names.length` values each. */
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

/** Rows in spans of event time, in order. */
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
