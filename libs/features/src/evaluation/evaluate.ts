import { DAY_MS } from '@fraudflow/core';
import type { PlannedFeature } from '../plan/entity-plan.js';
import { attributesOf as attributesOfAmount, ORDINARY_AMOUNT } from '../catalog/event-attributes.js';
import { Op } from '../plan/feature-op.js';
import { addSquare, spread, SQUARE_PARTS } from '../memory/square-sums.js';
import { MINOR_PER_MAJOR } from '../plan/transaction-features.js';
import type { WindowReading } from './window-reading.js';

/**
 * Writes the features of a reading into their slots. Features about the request's transaction are NaN (missing) without
 * one.
 */
export function evaluate(features: readonly PlannedFeature[], reading: WindowReading, out: Float64Array): void {
  for (let i = 0; i < features.length; i++) {
    const feature = features[i] as PlannedFeature;
    out[feature.slot] = valueOf(feature, reading);
  }
}

/** Attributes of the request's transaction. @param span the one whose median the amount is compared with */
export function requestAttributes(reading: WindowReading, span: number): number {
  return attributesOfAmount(reading.currentMinor, reading.medianBefore(span));
}

function valueOf(feature: PlannedFeature, reading: WindowReading): number {
  switch (feature.op) {
    case Op.count:
      return rowsOf(feature, reading);
    case Op.mean:
      return meanOf(feature, reading);
    case Op.fraudCount:
      return fraudsOf(feature, reading);
    case Op.fraudShare:
      return shareOf(fraudsOf(feature, reading), reading.counts[feature.span] as number);
    case Op.sum:
      return sumOf(feature, reading) / MINOR_PER_MAJOR;
    case Op.std:
      return deviationOf(feature, reading) / MINOR_PER_MAJOR;
    case Op.min:
      return extremeOf(feature, reading, 0) / MINOR_PER_MAJOR;
    case Op.max:
      return extremeOf(feature, reading, 1) / MINOR_PER_MAJOR;
    case Op.median:
      return medianOf(feature, reading) / MINOR_PER_MAJOR;
    case Op.ratioToMean:
    case Op.ratioToMedian:
    case Op.ratioToMax:
    case Op.zScore:
      return reading.hasCurrent ? comparisonOf(feature, reading) : Number.NaN;
    case Op.countAbove:
      return countAbove(feature, reading);
    case Op.shareAbove:
      return shareOf(countAbove(feature, reading), rowsOf(feature, reading));
    case Op.genuineCount:
      return (reading.counts[feature.span] as number) - fraudsOf(feature, reading);
    case Op.genuineShare:
      return shareOf(
        (reading.counts[feature.span] as number) - fraudsOf(feature, reading),
        reading.counts[feature.span] as number,
      );
    default:
      return placeOf(feature, reading);
  }
}

/** Features that depend on the newest and oldest rows. */
function placeOf(feature: PlannedFeature, reading: WindowReading): number {
  switch (feature.op) {
    case Op.last: {
      const slot = edgeSlot(feature, reading, 'newest');
      if (slot === CURRENT) return reading.currentMinor / MINOR_PER_MAJOR;
      return slot === NONE ? 0 : reading.rings.rows.amountOf(reading.block, slot) / MINOR_PER_MAJOR;
    }
    case Op.daysSinceLast:
      return daysSince(feature, reading, edgeSlot(feature, reading, 'newest'));
    case Op.daysSinceFirst:
      return daysSince(feature, reading, edgeSlot(feature, reading, 'oldest'));
    case Op.distinctDays:
      return distinctDays(feature, reading);
    case Op.fraudStreak:
      return streakOf(feature, reading, true);
    case Op.genuineStreak:
      return streakOf(feature, reading, false);
    case Op.fraudDaysSinceLast:
      return daysSince(feature, reading, fraudSlot(feature, reading, 'newest'));
    case Op.fraudDaysSinceFirst:
      return daysSince(feature, reading, fraudSlot(feature, reading, 'oldest'));
    default: {
      const slot = fraudSlot(feature, reading, 'newest');
      if (slot === NONE) return 0;
      const attributes =
        slot === CURRENT ? reading.extraAttributes : reading.rings.rows.attributesOf(reading.block, slot);
      return (attributes & ORDINARY_AMOUNT) === 0 ? 0 : 1;
    }
  }
}

/** Results other than slots: no such row; the request's transaction, which the ring does not hold. */
const NONE = -1;
const CURRENT = -2;

type Side = 'newest' | 'oldest';

const parts = new Float64Array(SQUARE_PARTS);

/** 1 if the request's transaction is one of the span's rows but must not be counted. */
function leftOut({ withCurrent, span }: PlannedFeature, reading: WindowReading): number {
  return withCurrent ? 0 : (reading.holdsCurrent[span] as number);
}

function rowsOf(feature: PlannedFeature, reading: WindowReading): number {
  return (reading.counts[feature.span] as number) - leftOut(feature, reading);
}

function sumOf(feature: PlannedFeature, reading: WindowReading): number {
  return (reading.sums[feature.span] as number) - leftOut(feature, reading) * reading.currentMinor;
}

/** One division of two exact integers, so the result is the double nearest to the true mean. */
function meanOf(feature: PlannedFeature, reading: WindowReading): number {
  const count = rowsOf(feature, reading);
  return count === 0 ? 0 : sumOf(feature, reading) / (MINOR_PER_MAJOR * count);
}

const shareOf = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/** Sample standard deviation in minor units, from exact sums; 0 of fewer than two. */
function deviationOf(feature: PlannedFeature, reading: WindowReading): number {
  const count = rowsOf(feature, reading);
  if (count < 2) return 0;
  const { deviations, deviationOf: knownOf } = reading;
  const which = 2 * feature.span + leftOut(feature, reading);
  if (knownOf[which] === reading.number) return deviations[which] as number;
  const at = SQUARE_PARTS * feature.span;
  for (let i = 0; i < SQUARE_PARTS; i++) parts[i] = reading.squares[at + i] as number;
  if (leftOut(feature, reading) === 1) addSquare(parts, 0, reading.currentMinor, -1);
  const deviation = Math.sqrt(spread(count, sumOf(feature, reading), parts) / (count * (count - 1)));
  deviations[which] = deviation;
  knownOf[which] = reading.number;
  return deviation;
}

function extremeOf(feature: PlannedFeature, reading: WindowReading, side: 0 | 1): number {
  const order = reading.order(feature.span, feature.withCurrent);
  return order.length === 0 ? 0 : order.at(side * (order.length - 1));
}

function medianOf(feature: PlannedFeature, reading: WindowReading): number {
  if (!feature.withCurrent) return reading.medianBefore(feature.span) || 0;
  const order = reading.order(feature.span, feature.withCurrent);
  return order.length === 0 ? 0 : order.median();
}

function comparisonOf(feature: PlannedFeature, reading: WindowReading): number {
  const amount = reading.currentMinor;
  if (feature.op === Op.zScore) {
    const deviation = deviationOf(feature, reading);
    const mean = sumOf(feature, reading) / rowsOf(feature, reading);
    return deviation === 0 ? 0 : (amount - mean) / deviation;
  }
  const count = rowsOf(feature, reading);
  if (feature.op === Op.ratioToMean) {
    const sum = sumOf(feature, reading);
    return count === 0 || sum <= 0 ? 1 : (amount * count) / sum;
  }
  const yardstick = feature.op === Op.ratioToMedian ? medianOf(feature, reading) : extremeOf(feature, reading, 1);
  return yardstick <= 0 ? 1 : amount / yardstick;
}

/**
 * Number of rows above `times` × the median of the rows before the request's transaction; 0 if there are none before
 * it.
 */
function countAbove(feature: PlannedFeature, reading: WindowReading): number {
  const { span, medianSpan, times } = feature;
  const median = reading.medianBefore(medianSpan);
  if (Number.isNaN(median)) return 0;
  const least = times * median;
  if (feature.isWithinMedian && reading.greatestBefore(medianSpan) <= least) {
    const countsCurrent = feature.withCurrent && reading.holdsCurrent[span] === 1;
    return countsCurrent && reading.currentMinor > least ? 1 : 0;
  }
  const own = leftOut(feature, reading) === 1 && reading.currentMinor > least ? 1 : 0;
  if (reading.isOrdered(span)) {
    // The number of amounts ≤ least is the rank of the next larger value; amounts are integers.
    return (reading.counts[span] as number) - reading.order(span, true).rank(Math.floor(least) + 1) - own;
  }
  let count = reading.hasExtra(span) && reading.currentMinor > least ? 1 : 0;
  const { rows } = reading.rings;
  const end = reading.ends[span] as number;
  for (let slot = reading.heads[span] as number; slot < end; slot++) {
    if (rows.amountOf(reading.block, slot) > least) count++;
  }
  return count - own;
}

/** The newest or oldest row of a span. */
function edgeSlot(feature: PlannedFeature, reading: WindowReading, side: Side): number {
  const { span } = feature;
  const isLeftOut = leftOut(feature, reading) === 1;
  const isNewest = side === 'newest';
  const step = isNewest ? -1 : 1;
  let slot = isNewest ? (reading.ends[span] as number) - 1 : (reading.heads[span] as number);
  if (isLeftOut && slot === reading.currentSlot) slot += step;
  const isInside = slot >= (reading.heads[span] as number) && slot < (reading.ends[span] as number);
  const hasExtra = reading.hasExtra(span) && !isLeftOut;
  if (!isInside) return hasExtra ? CURRENT : NONE;
  return hasExtra && slot < reading.extraSlot === isNewest ? CURRENT : slot;
}

function daysSince(feature: PlannedFeature, reading: WindowReading, slot: number): number {
  if (slot === NONE) return feature.capDays;
  const atMs = slot === CURRENT ? reading.currentAtMs : reading.rings.rows.timeOf(reading.block, slot);
  return (reading.atMs - atMs) / DAY_MS;
}

function distinctDays(feature: PlannedFeature, reading: WindowReading): number {
  const { rows } = reading.rings;
  const isLeftOut = leftOut(feature, reading) === 1;
  const days = new Set<number>();
  for (let slot = reading.heads[feature.span] as number; slot < (reading.ends[feature.span] as number); slot++) {
    if (!isLeftOut || slot !== reading.currentSlot) days.add(Math.floor(rows.timeOf(reading.block, slot) / DAY_MS));
  }
  if (!isLeftOut && reading.hasExtra(feature.span)) days.add(Math.floor(reading.currentAtMs / DAY_MS));
  return days.size;
}

/** True if the request's transaction is a known fraud of the span and the ring does not hold it. */
function hasExtraFraud({ fraudSpan }: PlannedFeature, reading: WindowReading): boolean {
  const { delayMs, edgeMs } = reading.plan.fraudSpans[fraudSpan] as {
    readonly delayMs: number;
    readonly edgeMs: number;
  };
  const ageMs = reading.atMs - reading.currentAtMs;
  return reading.isExtraFraud && ageMs >= delayMs && ageMs < edgeMs;
}

function fraudsOf(feature: PlannedFeature, reading: WindowReading): number {
  const { fraudSpan } = feature;
  const known = (reading.fraudTo[fraudSpan] as number) - (reading.fraudFrom[fraudSpan] as number);
  return reading.isExtraFraud && hasExtraFraud(feature, reading) ? known + 1 : known;
}

function fraudSlot(feature: PlannedFeature, reading: WindowReading, side: Side): number {
  const from = reading.fraudFrom[feature.fraudSpan] as number;
  const to = reading.fraudTo[feature.fraudSpan] as number;
  const isExtra = hasExtraFraud(feature, reading);
  if (from === to) return isExtra ? CURRENT : NONE;
  const slot = slotOfFraud(reading, side === 'newest' ? to - 1 : from);
  return isExtra && slot < reading.extraSlot === (side === 'newest') ? CURRENT : slot;
}

function slotOfFraud(reading: WindowReading, index: number): number {
  return (reading.frauds[index] as number) - reading.rings.baseOf(reading.block);
}

/** Number of newest rows without a gap that are (or are not) known frauds. */
function streakOf(feature: PlannedFeature, reading: WindowReading, ofFrauds: boolean): number {
  const head = reading.heads[feature.span] as number;
  let slot = (reading.ends[feature.span] as number) - 1;
  const from = reading.fraudFrom[feature.fraudSpan] as number;
  let fraud = (reading.fraudTo[feature.fraudSpan] as number) - 1;
  let extra = reading.hasExtra(feature.span);
  let streak = 0;
  for (;;) {
    if (extra && slot < reading.extraSlot) {
      extra = false;
      if (reading.isExtraFraud !== ofFrauds) return streak;
    } else {
      if (slot < head) return streak;
      const next = fraud >= from ? slotOfFraud(reading, fraud) : head - 1;
      if ((next === slot) !== ofFrauds) return streak;
      if (!ofFrauds && !extra) return streak + slot - Math.max(next, head - 1);
      if (ofFrauds) fraud--;
      slot--;
    }
    streak++;
  }
}
