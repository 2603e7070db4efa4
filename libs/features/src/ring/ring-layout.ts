import type { EntityPlan } from '../plan/entity-plan.js';

/*
 * Layout of a ring's block. Each part is a whole number of cache lines: rarely read fields, header, filter of the row
 * ids. Then follow columns: times and amounts (two words per row), ids, the ordered amounts of each window that needs
 * them, and, in a wide ring, the high parts of amounts above `NARROW_AMOUNTS`. Windows read only times and amounts,
 * eight rows per cache line. Offsets count 32-bit words from the start of the header, negative for rarely read fields;
 * offsets of doubles count 64-bit words.
 */

/** Header fields of every ring: one double, then words. */
export const NEWEST_AT = 0;
export const END = 2;
/** Capacity, flags, and the time of the last eviction, packed into one word: see `capacityOf`. */
export const SHAPE = 3;
const FREE = 4;

/** Slot of the oldest row held. It may lag behind until `RingWindows.evict` is called. */
export const FIRST = -1;
/** Sequence number of slot 0. */
export const BASE = -2;
/** First stored slot of a ring with several segments. */
export const PHYSICAL = -3;
const RARE = 4;

/** A capacity is stored as a floating-point number with this many significant bits. */
const DIGIT_BITS = 4;
const DIGIT_MASK = 15;
const EXPONENT_MASK = 31;
const CAPACITY_MASK = 511;

/** Flags in the shape word. This one: the ring has closed segments. */
export const SEGMENTED = 1 << 9;
/** Pending labels exist. */
export const PARKED = 1 << 10;
/** Some rows are known frauds. */
export const FRAUDS = 1 << 11;
/** The ring has a column with the high parts of its amounts. */
export const WIDE = 1 << 12;
export const AWAITS_BIT = 13;
/** The set of known frauds will change as time passes. */
export const AWAITS = 1 << AWAITS_BIT;
/** The bits of the shape word from this one on hold the time of the last eviction, without its low bits. */
export const EVICTED_SHIFT = 14;

/** Number of rows for which the block whose header begins at `block` has space. */
export function capacityOf(i32: Int32Array, block: number): number {
  const shape = i32[block + SHAPE] as number;
  return (shape & DIGIT_MASK) << ((shape >>> DIGIT_BITS) & EXPONENT_MASK);
}

/** The shape word with another capacity, which must be a result of `capacityFor`. */
export function shapeWith(shape: number, capacity: number): number {
  const exponent = Math.max(0, 32 - DIGIT_BITS - Math.clz32(capacity));
  return (shape & ~CAPACITY_MASK) | (exponent << DIGIT_BITS) | (capacity >>> exponent);
}

/** Words per row: the low 32 bits of its time in ms, and amount × 256 + attributes. */
export const ROW_WORDS = 2;
export const TIME = 0;
/**
 * In a wide ring this word holds the low 32 bits of the amount; the extra column holds high bits × 256 + attributes.
 */
export const AMOUNT = 1;
/** Words per row id: the two halves of its hash. */
export const ID_WORDS = 2;
export const LOW = 0;
export const HIGH = 1;
export const ATTRIBUTE_BITS = 8;
/** Amounts from 0 to below this value are stored in one word with the attributes. */
export const NARROW_AMOUNTS = 2 ** 24;

/**
 * Words with the positions of a span's known frauds: times of the newest and the oldest, the newest's slot and
 * attributes.
 */
export const KNOWN_WORDS = 6;
const SQUARE_PARTS = 3;
/** Words of a cursor, the begin or end of a window: the slot of its row and the low 32 bits of the row's time. */
const CURSOR_WORDS = 2;
export const ROW_TIME = 1;

export interface RingLayout {
  /** Number of words before the header, and of the header. */
  readonly rareWords: number;
  readonly headerWords: number;
  /** Words of the tail cursor of each delay, and of the head cursor of each span. */
  readonly tailAt: Int32Array;
  readonly headAt: Int32Array;
  /** Doubles of each span's sum, and of the first of the three parts of its sum of squares; −1 = not kept. */
  readonly sumAt: Int32Array;
  readonly squaresAt: Int32Array;
  /** Double with the time at which the known frauds change next; 0 if no feature counts frauds. */
  readonly dueAt: number;
  /**
   * Words with each fraud span's begin and end in the list of known frauds. Spans with the same delay share their end.
   */
  readonly fraudFromAt: Int32Array;
  readonly fraudToAt: Int32Array;
  /** First word, an even one, of the positions of each fraud span's known frauds; 0 = not kept. */
  readonly knownAt: Int32Array;
  /** Number of windows whose ordered amounts are kept in the block. */
  readonly orderCount: number;
}

type FraudLayout = Pick<RingLayout, 'rareWords' | 'dueAt' | 'fraudFromAt' | 'fraudToAt' | 'knownAt'>;

/** Words per cache line. */
export const LINE_WORDS = 16;

/** Assigns an offset to each field that the rings of a plan need. */
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

/** Fields for known frauds grow backwards from the header, because most rings have no known frauds. */
function layOutFrauds({ fraudSpans, features }: EntityPlan): FraudLayout {
  let word = -RARE;
  if (fraudSpans.length > 0) word -= 2;
  const dueAt = fraudSpans.length > 0 ? word / 2 : 0;
  const fraudFromAt = Int32Array.from(fraudSpans, () => --word);
  const fraudDelays = [...new Set(fraudSpans.map(({ delayMs }) => delayMs))];
  const fraudToAt = Int32Array.from(fraudSpans, ({ delayMs }) => word - 1 - fraudDelays.indexOf(delayMs));
  word = 2 * Math.floor((word - fraudDelays.length) / 2);
  const knownAt = Int32Array.from(fraudSpans, (_, s) => {
    if (!features.some(({ fraudSpan, needsEnds }) => fraudSpan === s && needsEnds)) return 0;
    return (word -= KNOWN_WORDS);
  });
  return { rareWords: wholeLines(-word), dueAt, fraudFromAt, fraudToAt, knownAt };
}

function wholeLines(words: number): number {
  return LINE_WORDS * Math.ceil(words / LINE_WORDS);
}

const CELL_STEP = 8;
const LARGE = 4_096;

/**
 * Capacity for a number of rows. Half of it is spare, so each row moves at most twice; sizes are from a fixed series,
 * so freed blocks are reused.
 */
export function capacityFor(rows: number): number {
  const wanted = rows + Math.max(CELL_STEP, rows >> 1);
  const octave = 2 ** Math.floor(Math.log2(wanted));
  const step = wanted > LARGE ? octave : Math.max(CELL_STEP, octave / 8);
  return Math.ceil(wanted / step) * step;
}

/** Rings with a larger capacity find ids by a table and keep ordered amounts in chunks: see `LargeRing`. */
export const LARGE_CAPACITY = 1_024;

/** Rows per word of the id filter: four bits for each row. An id sets three bits. */
const ROWS_PER_WORD = 8;
const FILTER_ROWS = ROWS_PER_WORD * LINE_WORDS;

/** First word and number of words of the id filter, see `RingRows`. Large rings do not use it. */
export const filterAt = (layout: RingLayout): number => layout.headerWords;
export const filterWords = (capacity: number): number => ((capacity + FILTER_ROWS - 1) & -FILTER_ROWS) / ROWS_PER_WORD;
/** Word of the first row. */
export const rowsAt = (layout: RingLayout, capacity: number): number => layout.headerWords + filterWords(capacity);
/** Word of the first row's id. */
export const idsAt = (layout: RingLayout, capacity: number): number => rowsAt(layout, capacity) + ROW_WORDS * capacity;
/** Double of the first ordered amount of a window. */
export const orderAt = (layout: RingLayout, capacity: number, order: number): number =>
  ((idsAt(layout, capacity) + ID_WORDS * capacity) >> 1) + capacity * order;

/** First word of the column with the high parts of amounts. */
export const restAt = (layout: RingLayout, capacity: number): number =>
  2 * orderAt(layout, capacity, capacity > LARGE_CAPACITY ? 0 : layout.orderCount);

/** Words of a block, a whole number of cache lines. Capacities are multiples of 8, so every column is aligned. */
export function blockWords(layout: RingLayout, capacity: number, isWide: boolean): number {
  return layout.rareWords + wholeLines(restAt(layout, capacity) + (isWide ? capacity : 0));
}
