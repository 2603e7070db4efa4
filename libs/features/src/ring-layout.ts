import type { EntityPlan } from './entity-plan.js';
import { Op } from './feature-op.js';

/*
 * A block is, in whole cache lines each, what is rarely asked for, a header and a filter of the rows' ids; then the rows' times and
 * amounts, two words a row, their ids, and, per window that keeps its amounts in order, the ordered amounts. Windows read only times and
 * amounts, of which a cache line holds eight. Rings with amounts that do not fit there are wide: the rest of their amounts is a column
 * behind all the others. Offsets are in 32-bit words from the header, what is rarely asked for before it; those of doubles in doubles.
 */

/** Header cells that every ring has: a double, then words. */
export const NEWEST_AT = 0;
export const END = 2;
/** Cells for rows, what a ring has besides rows, and when rows were last let go of: see `capacityOf`. */
export const SHAPE = 3;
const FREE = 4;

/** Oldest row held, or a row before it: see `RingWindows.letGo`. */
export const FIRST = -1;
/** Sequence number of slot 0. */
export const BASE = -2;
/** First slot stored in a ring of several segments. */
export const PHYSICAL = -3;
const RARE = 4;

/** A capacity is so many significant bits and an exponent. */
const DIGIT_BITS = 4;
const DIGIT_MASK = 15;
const EXPONENT_MASK = 31;
const CAPACITY_MASK = 511;

/** Bits of the shape. The ring has closed segments. */
export const SEGMENTED = 1 << 9;
/** Labels wait for their transactions. */
export const PARKED = 1 << 10;
/** Some of its rows are known frauds. */
export const FRAUDS = 1 << 11;
/** Its rows have a rest. */
export const WIDE = 1 << 12;
export const AWAITS_BIT = 13;
/** Its known frauds change as time passes. */
export const AWAITS = 1 << AWAITS_BIT;
/** From this bit on, the shape is the time when rows were last let go of, without as many of its low bits: the 32 bits of rows. */
export const LET_GO_SHIFT = 14;

/** Cells for rows of the ring whose header begins at `p`. */
export function capacityOf(i32: Int32Array, p: number): number {
  const shape = i32[p + SHAPE] as number;
  return (shape & DIGIT_MASK) << ((shape >>> DIGIT_BITS) & EXPONENT_MASK);
}

/** A shape with another capacity, one that `capacityFor` gives. */
export function shapeWith(shape: number, capacity: number): number {
  const exponent = Math.max(0, 32 - DIGIT_BITS - Math.clz32(capacity));
  return (shape & ~CAPACITY_MASK) | (exponent << DIGIT_BITS) | (capacity >>> exponent);
}

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

/** Words of a cursor, which is where a window begins or ends: its row's slot, and low 32 bits of the row's time. */
const CURSOR_WORDS = 2;
export const ROW_TIME = 1;

export interface RingLayout {
  /** Words before the header and of it. */
  readonly rareWords: number;
  readonly headerWords: number;
  /** Cursor of each delay's tail, then of each span's head. */
  readonly tailAt: Int32Array;
  readonly headAt: Int32Array;
  /** Double of each span's sum, and of the first of the three parts of its sum of squares; −1 = not kept. */
  readonly sumAt: Int32Array;
  readonly squaresAt: Int32Array;
  /** Double that says when the known frauds change next; 0 without windows of frauds. */
  readonly dueAt: number;
  /** Per fraud span the words of where it begins and ends in the list of known frauds; those of one delay share their end. */
  readonly fraudFromAt: Int32Array;
  readonly fraudToAt: Int32Array;
  /** Per fraud span the first word of where its known frauds lie, an even one; 0 = not kept. */
  readonly knownAt: Int32Array;
  /** Windows that keep their amounts in order in the block. */
  readonly orderCount: number;
}

type FraudLayout = Pick<RingLayout, 'rareWords' | 'dueAt' | 'fraudFromAt' | 'fraudToAt' | 'knownAt'>;

/** Words of a cache line. */
export const LINE_WORDS = 16;

/** Where a plan's rings keep what. */
export function layOut(plan: EntityPlan): RingLayout {
  const { delays, spans, inlineOrders: orderCount } = plan;
  let word = FREE;
  const cursor = (): number => (word += CURSOR_WORDS) - CURSOR_WORDS;
  const tailAt = Int32Array.from(delays, cursor);
  const headAt = Int32Array.from(spans, cursor);
  let double = word / 2;
  const sumAt = Int32Array.from(spans, ({ hasSum }) => (hasSum ? double++ : -1));
  const squaresAt = Int32Array.from(spans, ({ hasSquares }) => {
    if (!hasSquares) return -1;
    double += SQUARE_PARTS;
    return double - SQUARE_PARTS;
  });
  return { headerWords: wholeLines(2 * double), tailAt, headAt, sumAt, squaresAt, orderCount, ...layOutFrauds(plan) };
}

/** From the header backwards: most rings have no known frauds. */
function layOutFrauds({ fraudSpans, features }: EntityPlan): FraudLayout {
  let word = -RARE;
  if (fraudSpans.length > 0) word -= 2;
  const dueAt = fraudSpans.length > 0 ? word / 2 : 0;
  const fraudFromAt = Int32Array.from(fraudSpans, () => --word);
  const fraudDelays = [...new Set(fraudSpans.map(({ delayMs }) => delayMs))];
  const fraudToAt = Int32Array.from(fraudSpans, ({ delayMs }) => word - 1 - fraudDelays.indexOf(delayMs));
  word = 2 * Math.floor((word - fraudDelays.length) / 2);
  const knownAt = Int32Array.from(fraudSpans, (_, s) => {
    if (!features.some(({ op, fraudSpan }) => fraudSpan === s && PLACES.has(op))) return 0;
    return (word -= KNOWN_WORDS);
  });
  return { rareWords: wholeLines(-word), dueAt, fraudFromAt, fraudToAt, knownAt };
}

function wholeLines(words: number): number {
  return LINE_WORDS * Math.ceil(words / LINE_WORDS);
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
/** Word of the first row. */
export const rowsAt = (layout: RingLayout, capacity: number): number => layout.headerWords + filterWords(capacity);
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
  return layout.rareWords + wholeLines(restAt(layout, capacity) + (isWide ? capacity : 0));
}
