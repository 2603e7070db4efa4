import type { EntityPlan } from './entity-plan.js';
import { Op } from './feature-op.js';

/*
 * A block is a header and a filter of the rows' ids, whole cache lines each, two words that are rarely asked for, the rows' times and
 * amounts, two words a row, their ids, and, per window that keeps its amounts in order, the ordered amounts. Windows read only times and
 * amounts, of which a cache line holds eight. Rings with amounts that do not fit there are wide: the rest of their amounts is a column
 * behind all the others. Offsets are in 32-bit words from the block's first; those of doubles in doubles from there.
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
/** Its rows have a rest. */
export const WIDE = 8;

/** Words of a row: low 32 bits of its time in ms, and its amount × 256 + attributes. */
export const ROW_WORDS = 2;
export const TIME = 0;
/** In a wide ring the low 32 bits of the amount; the rest is its high bits × 256 + attributes. */
export const AMOUNT = 1;
/** Words of a row's id: halves of its hash. */
export const ID_WORDS = 2;
export const LOW = 0;
export const HIGH = 1;
export const ATTRIBUTE_BITS = 8;
/** Amounts from 0 to below this lie beside their attributes. */
export const NARROW_AMOUNTS = 2 ** 24;

/** Words that say where a span's known frauds lie: times of the newest and the oldest, the newest's slot and attributes. */
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
  /** Double that says when the known frauds change next; −1 without windows of frauds. */
  readonly dueAt: number;
  /** Per fraud span the words of where it begins and ends in the list of known frauds; those of one delay share their end. */
  readonly fraudFromAt: Int32Array;
  readonly fraudToAt: Int32Array;
  /** Per fraud span the first word of where its known frauds lie, an even one; −1 = not kept. */
  readonly knownAt: Int32Array;
  /** Windows that keep their amounts in order in the block. */
  readonly orderCount: number;
}

/** Words of a cache line. */
export const LINE_WORDS = 16;

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
  const dueAt = fraudSpans.length === 0 ? -1 : double++;
  word = 2 * double;
  const fraudFromAt = Int32Array.from(fraudSpans, () => word++);
  const fraudDelays = [...new Set(fraudSpans.map(({ delayMs }) => delayMs))];
  const fraudToAt = Int32Array.from(fraudSpans, ({ delayMs }) => word + fraudDelays.indexOf(delayMs));
  word += fraudDelays.length;
  word = 2 * Math.ceil(word / 2);
  const knownAt = Int32Array.from(fraudSpans, (_, s) => {
    if (!plan.features.some(({ op, fraudSpan }) => fraudSpan === s && PLACES.has(op))) return -1;
    word += KNOWN_WORDS;
    return word - KNOWN_WORDS;
  });
  const headerWords = LINE_WORDS * Math.ceil(word / LINE_WORDS);
  return { headerWords, tailAt, headAt, sumAt, squaresAt, dueAt, fraudFromAt, fraudToAt, knownAt, orderCount };
}

const CELL_STEP = 8;
const LARGE = 4_096;

/** Cells for so many rows: half as many spare, so that each row moves twice at most, in a ladder of sizes that can be reused. */
export function capacityFor(rows: number): number {
  const wanted = rows + Math.max(CELL_STEP, rows >> 1);
  const octave = 2 ** Math.floor(Math.log2(wanted));
  const step = wanted > LARGE ? octave : Math.max(CELL_STEP, octave / 8);
  return Math.ceil(wanted / step) * step;
}

/** Rings of more cells find ids by a table and keep their amounts in order in chunks: see `HotRing`. */
export const HOT_CAPACITY = 1_024;

/** Rows to a word of the filter: four bits each; an id has three. */
const ROWS_PER_WORD = 8;
const FILTER_ROWS = ROWS_PER_WORD * LINE_WORDS;

/** Word of the first and number of words of the filter of ids: see `RingRows`. Rings that have a table of ids do not fill it. */
export const filterAt = (layout: RingLayout): number => layout.headerWords;
export const filterWords = (capacity: number): number => ((capacity + FILTER_ROWS - 1) & -FILTER_ROWS) / ROWS_PER_WORD;
/** Words of what is rarely asked for: sequence number of slot 0, and first slot stored in a ring of several segments. */
export const baseAt = (layout: RingLayout, capacity: number): number => layout.headerWords + filterWords(capacity);
export const physicalAt = (layout: RingLayout, capacity: number): number => baseAt(layout, capacity) + 1;
/** Word of the first row. */
export const rowsAt = (layout: RingLayout, capacity: number): number => baseAt(layout, capacity) + 2;
/** Word of the first row's id. */
export const idsAt = (layout: RingLayout, capacity: number): number => rowsAt(layout, capacity) + ROW_WORDS * capacity;
/** Double of the first ordered amount of a window. */
export const orderAt = (layout: RingLayout, capacity: number, order: number): number =>
  ((idsAt(layout, capacity) + ID_WORDS * capacity) >> 1) + capacity * order;

/** Word of the first row's rest in a wide ring. */
export const restAt = (layout: RingLayout, capacity: number): number =>
  2 * orderAt(layout, capacity, capacity > HOT_CAPACITY ? 0 : layout.orderCount);

/** Words of a block, whole cache lines. Capacities are multiples of 8, so every column begins where its elements may. */
export function blockWords(layout: RingLayout, capacity: number, isWide: boolean): number {
  const words = restAt(layout, capacity) + (isWide ? capacity : 0);
  return LINE_WORDS * Math.ceil(words / LINE_WORDS);
}
