import { DAY_MS } from '@fraudflow/core';
import type { Arena } from '../memory/arena.js';
import type { EntityPlan, PlannedFeature } from '../plan/entity-plan.js';
import { ORDINARY_AMOUNT } from '../catalog/event-attributes.js';
import { END, FRAUDS, KNOWN_WORDS, NEWEST_AT, type RingLayout, SHAPE } from '../ring/ring-layout.js';
import { MINOR_PER_MAJOR } from '../catalog/aggregates/contract/window-rows.js';
import { kernelOf, type KernelTable } from './kernels.js';

const COUNT = 0;
const MEAN = 1;
const FRAUD_COUNT = 2;
const FRAUD_SHARE = 3;
/** Number of program words per feature. */
const STEP = 6;
const KINDS: KernelTable = {
  count: { all: COUNT, known_fraud: FRAUD_COUNT },
  mean: { all: MEAN },
  share: { known_fraud: FRAUD_SHARE },
};

/** Kernels of features of labels whose values without known frauds need no reading. */
const Label = {
  fraudCount: 0,
  fraudShare: 1,
  genuineCount: 2,
  fraudStreak: 3,
  genuineStreak: 4,
  fraudDaysSinceLast: 5,
  fraudDaysSinceFirst: 6,
  fraudLastAttribute: 7,
} as const;
const LABEL_KERNELS: KernelTable = {
  count: { known_fraud: Label.fraudCount, known_genuine: Label.genuineCount },
  share: { known_fraud: Label.fraudShare },
  streak: { known_fraud: Label.fraudStreak, known_genuine: Label.genuineStreak },
  days_since_last: { known_fraud: Label.fraudDaysSinceLast },
  days_since_first: { known_fraud: Label.fraudDaysSinceFirst },
  last_attribute: { known_fraud: Label.fraudLastAttribute },
};

/** Defaults of features of labels when no fraud is known: days, a number of rows, or else 0. */
const DAYS: ReadonlySet<number> = new Set([Label.fraudDaysSinceLast, Label.fraudDaysSinceFirst]);
const ROWS: ReadonlySet<number> = new Set([Label.genuineCount, Label.genuineStreak]);

/** Kernels that also write features of a ring with known frauds. */
const FROM_HEADER: ReadonlySet<number> = new Set([
  Label.genuineCount,
  Label.fraudStreak,
  Label.genuineStreak,
  Label.fraudDaysSinceLast,
  Label.fraudDaysSinceFirst,
  Label.fraudLastAttribute,
]);

/**
 * Accelerator: features that are an aggregate or a ratio of two aggregates, written straight from a ring's header for
 * every event. Features of known frauds are included while there are none. All other features need a reading.
 */
export class RunningFeatures {
  /** Features that still have to be evaluated from a reading; `fraudOthers` only if there are known frauds. */
  readonly others: readonly PlannedFeature[];
  readonly fraudOthers: readonly PlannedFeature[];
  readonly #arena: Arena;
  /**
   * Per feature: kind, slot, words of its window's head and end, then the double of its sum, or the words of its
   * frauds' range.
   */
  readonly #program: Int32Array;

  /** `fraudOthers` in the form that `writeKnown` needs; undefined if it cannot write them. */
  readonly #known: readonly KnownFeature[] | undefined;
  /** Of `fraudOthers`: slot, value without known frauds (NaN = number of rows in the window), and the window. */
  readonly #noFraudSlot: Int32Array;
  readonly #noFraudValue: Float64Array;
  readonly #noFraudHead: Int32Array;
  readonly #noFraudEnd: Int32Array;

  constructor(arena: Arena, { features, spans }: EntityPlan, layout: RingLayout) {
    const isRunning = (feature: PlannedFeature): boolean =>
      kernelOf(KINDS, feature) !== undefined && feature.withCurrent;
    const running = features.filter(isRunning);
    const at = (words: Int32Array, index: number): number => words[index] ?? 0;
    const endOf = ({ span }: PlannedFeature): number => {
      const delay = spans[span]?.delay ?? -1;
      return delay < 0 ? END : at(layout.tailAt, delay);
    };
    const others = features.filter((feature) => !isRunning(feature));
    const fraudOthers = others.filter((feature) => kernelOf(LABEL_KERNELS, feature) !== undefined);
    this.fraudOthers = fraudOthers;
    this.others = others.filter((feature) => !fraudOthers.includes(feature));
    this.#known = fraudOthers.every((feature) => feature.withCurrent && FROM_HEADER.has(labelKernelOf(feature)))
      ? fraudOthers.map((feature) => ({
          kernel: labelKernelOf(feature),
          slot: feature.slot,
          capDays: feature.capDays,
          head: at(layout.headAt, feature.span),
          end: endOf(feature),
          from: at(layout.fraudFromAt, feature.fraudSpan),
          to: at(layout.fraudToAt, feature.fraudSpan),
          known: at(layout.knownAt, feature.fraudSpan),
        }))
      : undefined;
    this.#noFraudSlot = Int32Array.from(fraudOthers, ({ slot }) => slot);
    this.#noFraudValue = Float64Array.from(fraudOthers, noFraudValue);
    this.#noFraudHead = Int32Array.from(fraudOthers, ({ span }) => at(layout.headAt, span));
    this.#noFraudEnd = Int32Array.from(fraudOthers, endOf);
    this.#arena = arena;
    const program = running.flatMap((feature) => {
      const kind = kernelOf(KINDS, feature) ?? COUNT;
      const { slot, span, fraudSpan } = feature;
      const number = kind === MEAN ? at(layout.sumAt, span) : at(layout.fraudFromAt, fraudSpan);
      return [kind, slot, at(layout.headAt, span), endOf(feature), number, at(layout.fraudToAt, fraudSpan)];
    });
    this.#program = Int32Array.from(program);
  }

  /** Writes the features as of the newest row of the ring at `block`. */
  write(block: number, out: Float64Array): void {
    const { i32, f64 } = this.#arena;
    const hasFrauds = ((i32[block + SHAPE] as number) & FRAUDS) !== 0;
    const program = this.#program;
    for (let i = 0; i < program.length; i += STEP) {
      const kind = program[i] as number;
      const slot = program[i + 1] as number;
      if (kind >= FRAUD_COUNT && !hasFrauds) {
        out[slot] = 0;
        continue;
      }
      const number = program[i + 4] as number;
      const count =
        (i32[block + (program[i + 3] as number)] as number) - (i32[block + (program[i + 2] as number)] as number);
      if (kind === COUNT) out[slot] = count;
      else if (kind === MEAN)
        out[slot] = count === 0 ? 0 : (f64[(block >> 1) + number] as number) / (MINOR_PER_MAJOR * count);
      else {
        const frauds = (i32[block + (program[i + 5] as number)] as number) - (i32[block + number] as number);
        out[slot] = kind === FRAUD_COUNT ? frauds : count === 0 ? 0 : frauds / count;
      }
    }
  }

  /** Writes `fraudOthers` of a ring without known frauds. */
  writeNoFraud(block: number, out: Float64Array): void {
    const { i32 } = this.#arena;
    for (let i = 0; i < this.#noFraudSlot.length; i++) {
      const value = this.#noFraudValue[i] as number;
      const rows =
        (i32[block + (this.#noFraudEnd[i] as number)] as number) -
        (i32[block + (this.#noFraudHead[i] as number)] as number);
      out[this.#noFraudSlot[i] as number] = Number.isNaN(value) ? rows : value;
    }
  }

  /**
   * Writes `fraudOthers` of a ring with known frauds from its header.
   * @returns false if the header is not sufficient; the caller then evaluates them
   */
  writeKnown(block: number, out: Float64Array): boolean {
    if (this.#known === undefined) return false;
    for (let i = 0; i < this.#known.length; i++) {
      const feature = this.#known[i] as KnownFeature;
      const value = this.#knownValue(block, feature);
      if (value === UNKNOWN) return false;
      out[feature.slot] = value;
    }
    return true;
  }

  #knownValue(block: number, { kernel, capDays, head: headAt, end: endAt, from, to, known }: KnownFeature): number {
    const { i32, f64 } = this.#arena;
    const frauds = (i32[block + to] as number) - (i32[block + from] as number);
    const head = i32[block + headAt] as number;
    const end = i32[block + endAt] as number;
    if (kernel === Label.genuineCount) return end - head - frauds;
    if (frauds === 0) return kernel === Label.genuineStreak ? end - head : DAYS.has(kernel) ? capDays : 0;
    const block64 = (block + known) >> 1;
    const last = i32[block + known + KNOWN_WORDS - 2] as number;
    switch (kernel) {
      case Label.fraudStreak:
        return last === end - 1 ? UNKNOWN : 0;
      case Label.genuineStreak:
        return end - 1 - Math.max(last, head - 1);
      case Label.fraudDaysSinceLast:
        return ((f64[(block >> 1) + NEWEST_AT] as number) - (f64[block64] as number)) / DAY_MS;
      case Label.fraudDaysSinceFirst:
        return ((f64[(block >> 1) + NEWEST_AT] as number) - (f64[block64 + 1] as number)) / DAY_MS;
      default:
        return ((i32[block + known + KNOWN_WORDS - 1] as number) & ORDINARY_AMOUNT) === 0 ? 0 : 1;
    }
  }
}

/** A feature of known frauds and the header words that it needs. */
interface KnownFeature {
  readonly kernel: number;
  readonly slot: number;
  readonly capDays: number;
  readonly head: number;
  readonly end: number;
  readonly from: number;
  readonly to: number;
  readonly known: number;
}

/** No feature can have this value. */
const UNKNOWN = -1;

function labelKernelOf(feature: PlannedFeature): number {
  return kernelOf(LABEL_KERNELS, feature) ?? UNKNOWN;
}

function noFraudValue(feature: PlannedFeature): number {
  const kernel = labelKernelOf(feature);
  if (ROWS.has(kernel)) return Number.NaN;
  return DAYS.has(kernel) ? feature.capDays : 0;
}
