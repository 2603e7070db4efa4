import type { EntityPlan } from './entity-plan.js';
import { Op } from './feature-op.js';

/*
 * A block is a header, a filter of the rows' ids with a byte per row, the rows, and, per window that keeps its amounts in order,
 * the ordered amounts.
 * A row is five words beside each other, so that one touch of memory brings all of it. What each event reads of the header lies in
 * its first cache line, as far as it has room there. Offsets are in 32-bit words from the block's first; those of doubles in doubles
 * from there.
 */

/** Header cells that every ring has: a double, then words. */
export const NEWEST_AT = 0;
/** Oldest row held, or a row before it: see `RingWindows.letGo`. */
export const FIRST = 2;
export const END = 3;
export const CAPACITY = 4;
/** What a ring has besides rows, as bits. */
export const FLAGS = 5;
const FREE = 6;

/** It has closed segments. */
export const SEGMENTED = 1;
/** Labels wait for their transactions. */
export const PARKED = 2;
/** Some of its rows are known frauds. */
export const FRAUDS = 4;

/** Words of a row: low 32 bits of its time in ms, halves of its id's hash, low 32 bits of its amount, and the rest. */
export const ROW_WORDS = 5;
export const TIME = 0;
export const LOW = 1;
export const HIGH = 2;
export const AMOUNT = 3;
/** High bits of the amount × 256 + attributes. */
export const REST = 4;

/** Words of the known-fraud cells per fraud span: [from, to) in the list of known frauds. */
export const FRAUD_CELLS = 2;
/** Words that say where a span's known frauds lie: times of the newest and the oldest, the newest's sequence number and attributes. */
export const KNOWN_WORDS = 6;
const SQUARE_PARTS = 3;
/** Features that ask where known frauds lie. */
const PLACES: ReadonlySet<Op> = new Set([
  Op.fraudStreak,
  Op.genuineStreak,
  Op.fraudDaysSinceLast,
  Op.fraudDaysSinceFirst,
  Op.fraudLastAttribute,
]);

export interface RingLayout {
  readonly headerWords: number;
  /** Word of each delay's tail, then of each span's head. */
  readonly tailAt: Int32Array;
  readonly headAt: Int32Array;
  /** Double of each span's sum, and of the first of the three parts of its sum of squares; −1 = not kept. */
  readonly sumAt: Int32Array;
  readonly squaresAt: Int32Array;
  /** Double that says when the known frauds change next. */
  readonly dueAt: number;
  /** Word of the first fraud cell. */
  readonly fraudsAt: number;
  /** Per fraud span the first word of where its known frauds lie, an even one; −1 = not kept. */
  readonly knownAt: Int32Array;
  /** Words of what is rarely asked for: sequence number of slot 0, and first slot stored in a ring of several segments. */
  readonly baseAt: number;
  readonly physicalAt: number;
  /** Windows that keep their amounts in order in the block. */
  readonly orderCount: number;
}

/** Where a plan's rings keep what. */
export function layOut(plan: EntityPlan): RingLayout {
  const { delays, spans, fraudSpans, inlineOrders: orderCount } = plan;
  let word = FREE;
  const tailAt = Int32Array.from(delays, () => word++);
  const headAt = Int32Array.from(spans, () => word++);
  let double = Math.ceil(word / 2);
  const sumAt = Int32Array.from(spans, ({ hasSum }) => (hasSum ? double++ : -1));
  const squaresAt = Int32Array.from(spans, ({ hasSquares }) => {
    if (!hasSquares) return -1;
    double += SQUARE_PARTS;
    return double - SQUARE_PARTS;
  });
  const dueAt = double++;
  word = 2 * double;
  const fraudsAt = word;
  word += FRAUD_CELLS * fraudSpans.length;
  const baseAt = word++;
  const physicalAt = word++;
  word = 2 * Math.ceil(word / 2);
  const knownAt = Int32Array.from(fraudSpans, (_, s) => {
    if (!plan.features.some(({ op, fraudSpan }) => fraudSpan === s && PLACES.has(op))) return -1;
    word += KNOWN_WORDS;
    return word - KNOWN_WORDS;
  });
  const headerWords = 2 * Math.ceil(word / 2);
  return { headerWords, tailAt, headAt, sumAt, squaresAt, dueAt, fraudsAt, knownAt, baseAt, physicalAt, orderCount };
}

const CELL_STEP = 8;
const LARGE = 4_096;

/** Cells for so many rows: a quarter spare, so that each row moves four times at most, in a ladder of sizes that can be reused. */
export function capacityFor(rows: number): number {
  const wanted = rows + Math.max(CELL_STEP, rows >> 2);
  const octave = 2 ** Math.floor(Math.log2(wanted));
  const step = wanted > LARGE ? octave : Math.max(CELL_STEP, octave / 8);
  return Math.ceil(wanted / step) * step;
}

/** Rings of more cells find ids by a table and keep their amounts in order in chunks: see `HotRing`. */
export const HOT_CAPACITY = 1_024;

/** Word of the first and number of words of the filter of ids: see `RingRows`. Rings that have a table of ids do not fill it. */
export const filterAt = (layout: RingLayout): number => layout.headerWords;
export const filterWords = (capacity: number): number => capacity >> 2;
/** Word of the first row. */
export const rowsAt = (layout: RingLayout, capacity: number): number => layout.headerWords + filterWords(capacity);
/** Double of the first ordered amount of a window. */
export const orderAt = (layout: RingLayout, capacity: number, order: number): number =>
  ((rowsAt(layout, capacity) + ROW_WORDS * capacity) >> 1) + capacity * order;

/** Words of a cache line. */
export const LINE_WORDS = 16;

/** Words of a block, whole cache lines. Capacities are multiples of 8, so every column begins where its elements may. */
export function blockWords(layout: RingLayout, capacity: number): number {
  const orders = capacity > HOT_CAPACITY ? 0 : layout.orderCount;
  const words = rowsAt(layout, capacity) + ROW_WORDS * capacity + 2 * capacity * orders;
  return LINE_WORDS * Math.ceil(words / LINE_WORDS);
}
