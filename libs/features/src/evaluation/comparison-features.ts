import type { EntityPlan, PlannedFeature } from '../plan/entity-plan.js';
import { OrderView } from '../memory/order-view.js';
import type { OrderedChunks } from '../memory/ordered-amounts.js';
import { capacityOf, END, orderAt, type RingLayout } from '../ring/ring-layout.js';
import type { Rings } from '../ring/rings.js';
import { addSquare, spread, SQUARE_PARTS } from '../memory/square-sums.js';
import { MINOR_PER_MAJOR } from '../catalog/aggregates/contract/window-rows.js';
import { kernelOf, type KernelTable } from './kernels.js';

/** Kernels of features computed from a window's aggregates. */
const Kernel = {
  count: 0,
  sum: 1,
  mean: 2,
  std: 3,
  min: 4,
  max: 5,
  median: 6,
  ratioToMean: 7,
  ratioToMedian: 8,
  ratioToMax: 9,
  zScore: 10,
} as const;
const WINDOW_KERNELS: KernelTable = {
  count: { all: Kernel.count },
  sum: { all: Kernel.sum },
  mean: { all: Kernel.mean },
  std: { all: Kernel.std },
  min: { all: Kernel.min },
  max: { all: Kernel.max },
  median: { all: Kernel.median },
  ratio_to_mean: { all: Kernel.ratioToMean },
  ratio_to_median: { all: Kernel.ratioToMedian },
  ratio_to_max: { all: Kernel.ratioToMax },
  z_score: { all: Kernel.zScore },
};
/** Features counted by `#writeAbove`. */
const ABOVE_KERNELS: KernelTable = { count: { above_median: 0 } };

/** A window that reaches up to the newest row, and the features of its other rows. −1 = not kept. */
interface Window {
  readonly head: number;
  readonly sum: number;
  readonly squares: number;
  readonly order: number;
  readonly kernels: Uint8Array;
  readonly slots: Int32Array;
  /** Count, sum, deviation, minimum, maximum and median of the rows before the newest, in minor units. */
  readonly numbers: Float64Array;
}

const COUNT = 0;
const SUM = 1;
const DEVIATION = 2;
const LEAST = 3;
const GREATEST = 4;
const MEDIAN = 5;
const NUMBERS = 6;

/** Number of amounts above `times` × median, for windows nested in the median's window. */
interface Above {
  readonly window: number;
  readonly times: number;
  readonly heads: Int32Array;
  /** Index of each window's ordered amounts in a large ring. */
  readonly orders: Int32Array;
  readonly slots: Int32Array;
  /** 1 if the newest row may count. */
  readonly withCurrent: Uint8Array;
}

/**
 * Accelerator: features that compare the newest row with the rows before it, written from incremental aggregates. The
 * aggregates of a window are computed once for all its features. The results equal those of `evaluate`.
 */
export class ComparisonFeatures {
  /** Features that still have to be evaluated from a reading. */
  readonly others: readonly PlannedFeature[];
  readonly #rings: Rings;
  readonly #windows: readonly Window[];
  readonly #above: Above | undefined;
  readonly #medianWindow: number;
  readonly #parts = new Float64Array(SQUARE_PARTS);
  readonly #view = new OrderView();

  /** @param medianSpan span whose median is also needed, or −1 */
  constructor(rings: Rings, features: readonly PlannedFeature[], medianSpan: number) {
    const { plan, layout } = rings;
    const reachesNow = (span: number): boolean => (plan.spans[span]?.delay ?? 0) < 0;
    const isOwn = (feature: PlannedFeature): boolean =>
      kernelOf(WINDOW_KERNELS, feature) !== undefined && !feature.withCurrent && reachesNow(feature.span);
    const own = features.filter(isOwn);
    const nested = features.filter(
      (feature) => kernelOf(ABOVE_KERNELS, feature) !== undefined && feature.isWithinMedian,
    );
    const [first] = nested;
    const above = nested.filter(({ medianSpan: other, times }) => other === first?.medianSpan && times === first.times);
    const spans = [...new Set([...own.map(({ span }) => span), ...above.map((feature) => feature.medianSpan)])];
    if (medianSpan >= 0 && !spans.includes(medianSpan)) spans.push(medianSpan);
    this.#rings = rings;
    this.#windows = spans.map((span) => windowOf(plan, layout, { span, features: own }));
    this.#above = first && aboveOf(above, rings, { window: spans.indexOf(first.medianSpan), times: first.times });
    this.#medianWindow = spans.indexOf(medianSpan);
    this.others = features.filter((feature) => !isOwn(feature) && !above.includes(feature));
  }

  /** Median of the rows before the newest in `medianSpan`, in minor units; NaN if there are none. */
  get median(): number {
    return this.#windows[this.#medianWindow]?.numbers[MEDIAN] ?? Number.NaN;
  }

  /** Writes the features as of the newest row of the ring at `block`, which must not be empty. */
  write(block: number, out: Float64Array): void {
    const amount = this.#rings.newestAmountOf(block);
    for (let w = 0; w < this.#windows.length; w++) {
      const window = this.#windows[w] as Window;
      this.#makeNumbers(block, window, amount);
      const { kernels, slots, numbers } = window;
      for (let i = 0; i < kernels.length; i++)
        writeValue(kernels[i] as number, numbers, amount, { out, slot: slots[i] as number });
    }
    if (this.#above !== undefined) this.#writeAbove(block, this.#above, amount, out);
  }

  /** Scans rows only if the largest amount is above the threshold. */
  #writeAbove(block: number, above: Above, amount: number, out: Float64Array): void {
    const { slots, withCurrent } = above;
    const numbers = this.#windows[above.window]?.numbers as Float64Array;
    const least = above.times * (numbers[MEDIAN] as number);
    for (let i = 0; i < slots.length; i++) out[slots[i] as number] = amount > least ? (withCurrent[i] as number) : 0;
    if (!((numbers[GREATEST] as number) > least)) return;
    const large = this.#rings.largeOf(block);
    if (large === undefined) return this.#countAbove(block, above, least, out);
    for (let i = 0; i < slots.length; i++) {
      const order = large.orders[above.orders[i] as number] as OrderedChunks;
      const slot = slots[i] as number;
      const own = amount > least && withCurrent[i] === 0 ? 1 : 0;
      // The number of amounts ≤ least is the rank of the next larger value; amounts are integers.
      out[slot] = order.length - order.rank(Math.floor(least) + 1) - own;
    }
  }

  #countAbove(block: number, { heads, slots }: Above, least: number, out: Float64Array): void {
    const { i32 } = this.#rings.arena;
    const { rows } = this.#rings;
    const end = (i32[block + END] as number) - 1;
    let from = end;
    for (let i = 0; i < heads.length; i++) from = Math.min(from, i32[block + (heads[i] as number)] as number);
    for (let slot = from; slot < end; slot++) {
      if (rows.amountOf(block, slot) <= least) continue;
      for (let i = 0; i < heads.length; i++) {
        const isInside = slot >= (i32[block + (heads[i] as number)] as number);
        if (isInside) out[slots[i] as number] = 1 + (out[slots[i] as number] as number);
      }
    }
  }

  #makeNumbers(block: number, { head, sum, squares, order, numbers }: Window, amount: number): void {
    const { i32, f64 } = this.#rings.arena;
    const block64 = block >> 1;
    const count = (i32[block + END] as number) - (i32[block + head] as number) - 1;
    const total = sum < 0 ? 0 : (f64[block64 + sum] as number) - amount;
    numbers[COUNT] = count;
    numbers[SUM] = total;
    if (squares >= 0) this.#makeDeviation(block64 + squares, numbers, amount);
    if (order < 0) return;
    const view = this.#ordered(block, order, count + 1).leaveOut(amount);
    numbers[LEAST] = count === 0 ? 0 : view.at(0);
    numbers[GREATEST] = count === 0 ? 0 : view.at(count - 1);
    numbers[MEDIAN] = view.median();
  }

  #makeDeviation(at: number, numbers: Float64Array, amount: number): void {
    const { f64 } = this.#rings.arena;
    const parts = this.#parts;
    const count = numbers[COUNT] as number;
    for (let i = 0; i < SQUARE_PARTS; i++) parts[i] = f64[at + i] as number;
    addSquare(parts, 0, amount, -1);
    numbers[DEVIATION] =
      count < 2 ? 0 : Math.sqrt(spread(count, numbers[SUM] as number, parts) / (count * (count - 1)));
  }

  #ordered(block: number, order: number, length: number): OrderView {
    const { arena, layout } = this.#rings;
    const chunks = this.#rings.largeOf(block)?.orders[order];
    if (chunks !== undefined) return this.#view.showChunks(chunks);
    const at = (block >> 1) + orderAt(layout, capacityOf(arena.i32, block), order);
    return this.#view.show(arena.f64, at, length);
  }
}

function windowOf(
  plan: EntityPlan,
  layout: RingLayout,
  { span, features }: { readonly span: number; readonly features: readonly PlannedFeature[] },
): Window {
  const own = features.filter((feature) => feature.span === span);
  return {
    head: layout.headAt[span] as number,
    sum: layout.sumAt[span] as number,
    squares: layout.squaresAt[span] as number,
    order: plan.spans[span]?.order ?? -1,
    kernels: Uint8Array.from(own, (feature) => kernelOf(WINDOW_KERNELS, feature) ?? 0),
    slots: Int32Array.from(own, ({ slot }) => slot),
    numbers: new Float64Array(NUMBERS),
  };
}

function aboveOf(
  features: readonly PlannedFeature[],
  { plan, layout }: Rings,
  of: { readonly window: number; readonly times: number },
): Above {
  return {
    ...of,
    heads: Int32Array.from(features, ({ span }) => layout.headAt[span] as number),
    orders: Int32Array.from(features, ({ span }) => plan.spans[span]?.order ?? -1),
    slots: Int32Array.from(features, ({ slot }) => slot),
    withCurrent: Uint8Array.from(features, (feature) => (feature.withCurrent ? 1 : 0)),
  };
}

interface Place {
  readonly out: Float64Array;
  readonly slot: number;
}

function writeValue(kernel: number, numbers: Float64Array, amount: number, { out, slot }: Place): void {
  const count = numbers[COUNT] as number;
  const sum = numbers[SUM] as number;
  switch (kernel) {
    case Kernel.count:
      out[slot] = count;
      break;
    case Kernel.sum:
      out[slot] = sum / MINOR_PER_MAJOR;
      break;
    case Kernel.mean:
      out[slot] = count === 0 ? 0 : sum / (MINOR_PER_MAJOR * count);
      break;
    case Kernel.ratioToMean:
      out[slot] = count === 0 || sum <= 0 ? 1 : (amount * count) / sum;
      break;
    case Kernel.ratioToMedian:
      writeRatio(amount, count === 0 ? 0 : (numbers[MEDIAN] as number), { out, slot });
      break;
    case Kernel.ratioToMax:
      writeRatio(amount, numbers[GREATEST] as number, { out, slot });
      break;
    case Kernel.zScore: {
      const deviation = numbers[DEVIATION] as number;
      out[slot] = deviation === 0 ? 0 : (amount - sum / count) / deviation;
      break;
    }
    default:
      out[slot] = count === 0 ? 0 : (numbers[NUMBER_OF[kernel] ?? MEDIAN] as number) / MINOR_PER_MAJOR;
  }
}

const NUMBER_OF: Readonly<Record<number, number>> = {
  [Kernel.std]: DEVIATION,
  [Kernel.min]: LEAST,
  [Kernel.max]: GREATEST,
  [Kernel.median]: MEDIAN,
};

function writeRatio(amount: number, yardstick: number, { out, slot }: Place): void {
  out[slot] = yardstick <= 0 ? 1 : amount / yardstick;
}
