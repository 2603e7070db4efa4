import { DAY_MS } from '@fraudflow/core';
import type { Arena } from './arena.js';
import type { EntityPlan, PlannedFeature } from './entity-plan.js';
import { ORDINARY_AMOUNT } from './event-attributes.js';
import { Op } from './feature-op.js';
import { END, FRAUDS, KNOWN_WORDS, NEWEST_AT, type RingLayout, SHAPE } from './ring-layout.js';
import { MINOR_PER_MAJOR } from './transaction-features.js';

const COUNT = 0;
const MEAN = 1;
const FRAUD_COUNT = 2;
const FRAUD_SHARE = 3;
/** Words of the program per feature. */
const STEP = 6;
const KINDS: Readonly<Partial<Record<Op, number>>> = {
  [Op.count]: COUNT,
  [Op.mean]: MEAN,
  [Op.fraudCount]: FRAUD_COUNT,
  [Op.fraudShare]: FRAUD_SHARE,
};

/** What a known-fraud feature is while there are none: 0 but for those, which are days or a count of rows. */
const DAYS: ReadonlySet<Op> = new Set([Op.fraudDaysSinceLast, Op.fraudDaysSinceFirst]);
const ROWS: ReadonlySet<Op> = new Set([Op.genuineCount, Op.genuineStreak]);

const FROM_CELLS: ReadonlySet<Op> = new Set([
  Op.genuineCount,
  Op.fraudStreak,
  Op.genuineStreak,
  Op.fraudDaysSinceLast,
  Op.fraudDaysSinceFirst,
  Op.fraudLastAttribute,
]);

/**
 * The features that are a running number or the ratio of two, written straight from a ring's header: most of all, and of every
 * event, and what depends on known frauds while there are none. The others need a reading.
 */
export class RunningFeatures {
  /** Features left to be evaluated from a reading; those that depend on known frauds only if there are any. */
  readonly others: readonly PlannedFeature[];
  readonly fraudOthers: readonly PlannedFeature[];
  readonly #arena: Arena;
  /** Per feature: kind, slot, words of its window's head and end, the double of its sum or where its frauds begin, and end. */
  readonly #program: Int32Array;

  /** `fraudOthers` as `writeKnown` needs them; undefined if it cannot write them. */
  readonly #known: readonly KnownFeature[] | undefined;
  /** Of `fraudOthers`: slot, value while there are no known frauds (NaN = rows in the window), and the window. */
  readonly #calmSlot: Int32Array;
  readonly #calmValue: Float64Array;
  readonly #calmHead: Int32Array;
  readonly #calmEnd: Int32Array;

  constructor(arena: Arena, { features, spans }: EntityPlan, layout: RingLayout) {
    const isRunning = ({ op, withCurrent }: PlannedFeature): boolean => KINDS[op] !== undefined && withCurrent;
    const running = features.filter(isRunning);
    const at = (words: Int32Array, index: number): number => words[index] ?? 0;
    const endOf = ({ span }: PlannedFeature): number => {
      const delay = spans[span]?.delay ?? -1;
      return delay < 0 ? END : at(layout.tailAt, delay);
    };
    const others = features.filter((feature) => !isRunning(feature));
    const fraudOthers = others.filter(({ fraudSpan, op }) => fraudSpan >= 0 && op !== Op.genuineShare);
    this.fraudOthers = fraudOthers;
    this.others = others.filter((feature) => !fraudOthers.includes(feature));
    this.#known = fraudOthers.every(({ op, withCurrent }) => withCurrent && FROM_CELLS.has(op))
      ? fraudOthers.map((feature) => ({
          op: feature.op,
          slot: feature.slot,
          capDays: feature.capDays,
          head: at(layout.headAt, feature.span),
          end: endOf(feature),
          from: at(layout.fraudFromAt, feature.fraudSpan),
          to: at(layout.fraudToAt, feature.fraudSpan),
          known: at(layout.knownAt, feature.fraudSpan),
        }))
      : undefined;
    this.#calmSlot = Int32Array.from(fraudOthers, ({ slot }) => slot);
    this.#calmValue = Float64Array.from(fraudOthers, calmValue);
    this.#calmHead = Int32Array.from(fraudOthers, ({ span }) => at(layout.headAt, span));
    this.#calmEnd = Int32Array.from(fraudOthers, endOf);
    this.#arena = arena;
    const program = running.flatMap((feature) => {
      const kind = KINDS[feature.op] ?? COUNT;
      const { slot, span, fraudSpan } = feature;
      const number = kind === MEAN ? at(layout.sumAt, span) : at(layout.fraudFromAt, fraudSpan);
      return [kind, slot, at(layout.headAt, span), endOf(feature), number, at(layout.fraudToAt, fraudSpan)];
    });
    this.#program = Int32Array.from(program);
  }

  /** Writes them as of the newest row of the ring that begins at `p`. */
  write(p: number, out: Float64Array): void {
    const { i32, f64 } = this.#arena;
    const hasFrauds = ((i32[p + SHAPE] as number) & FRAUDS) !== 0;
    const program = this.#program;
    for (let i = 0; i < program.length; i += STEP) {
      const kind = program[i] as number;
      const slot = program[i + 1] as number;
      if (kind >= FRAUD_COUNT && !hasFrauds) {
        out[slot] = 0;
        continue;
      }
      const number = program[i + 4] as number;
      const count = (i32[p + (program[i + 3] as number)] as number) - (i32[p + (program[i + 2] as number)] as number);
      if (kind === COUNT) out[slot] = count;
      else if (kind === MEAN)
        out[slot] = count === 0 ? 0 : (f64[(p >> 1) + number] as number) / (MINOR_PER_MAJOR * count);
      else {
        const frauds = (i32[p + (program[i + 5] as number)] as number) - (i32[p + number] as number);
        out[slot] = kind === FRAUD_COUNT ? frauds : count === 0 ? 0 : frauds / count;
      }
    }
  }

  /** Writes `fraudOthers` of a ring without known frauds. */
  writeCalm(p: number, out: Float64Array): void {
    const { i32 } = this.#arena;
    for (let i = 0; i < this.#calmSlot.length; i++) {
      const value = this.#calmValue[i] as number;
      const rows =
        (i32[p + (this.#calmEnd[i] as number)] as number) - (i32[p + (this.#calmHead[i] as number)] as number);
      out[this.#calmSlot[i] as number] = Number.isNaN(value) ? rows : value;
    }
  }

  /**
   * Writes `fraudOthers` of a ring with known frauds from what its header says of them.
   * @returns false if that is not enough: they are then to be evaluated
   */
  writeKnown(p: number, out: Float64Array): boolean {
    if (this.#known === undefined) return false;
    for (let i = 0; i < this.#known.length; i++) {
      const feature = this.#known[i] as KnownFeature;
      const value = this.#knownValue(p, feature);
      if (value === UNKNOWN) return false;
      out[feature.slot] = value;
    }
    return true;
  }

  #knownValue(p: number, { op, capDays, head: headAt, end: endAt, from, to, known }: KnownFeature): number {
    const { i32, f64 } = this.#arena;
    const frauds = (i32[p + to] as number) - (i32[p + from] as number);
    const head = i32[p + headAt] as number;
    const end = i32[p + endAt] as number;
    if (op === Op.genuineCount) return end - head - frauds;
    if (frauds === 0) return op === Op.genuineStreak ? end - head : DAYS.has(op) ? capDays : 0;
    const q = (p + known) >> 1;
    const last = i32[p + known + KNOWN_WORDS - 2] as number;
    switch (op) {
      case Op.fraudStreak:
        return last === end - 1 ? UNKNOWN : 0;
      case Op.genuineStreak:
        return end - 1 - Math.max(last, head - 1);
      case Op.fraudDaysSinceLast:
        return ((f64[(p >> 1) + NEWEST_AT] as number) - (f64[q] as number)) / DAY_MS;
      case Op.fraudDaysSinceFirst:
        return ((f64[(p >> 1) + NEWEST_AT] as number) - (f64[q + 1] as number)) / DAY_MS;
      default:
        return ((i32[p + known + KNOWN_WORDS - 1] as number) & ORDINARY_AMOUNT) === 0 ? 0 : 1;
    }
  }
}

/** A feature of known frauds and where its ring's header says what it needs. */
interface KnownFeature {
  readonly op: Op;
  readonly slot: number;
  readonly capDays: number;
  readonly head: number;
  readonly end: number;
  readonly from: number;
  readonly to: number;
  readonly known: number;
}

/** No feature has this value. */
const UNKNOWN = -1;

function calmValue({ op, capDays }: PlannedFeature): number {
  if (ROWS.has(op)) return Number.NaN;
  return DAYS.has(op) ? capDays : 0;
}
