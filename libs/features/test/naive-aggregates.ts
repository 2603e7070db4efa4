import { DAY_MS } from '@fraudflow/core';
import type { FeatureAggregate } from '../src/catalog/aggregates/aggregates.js';
import type { FeatureDefinition, FeatureFilter, FeatureWindow } from '../src/catalog/definitions.js';
import { type Held, isFraudAt, median, type NaiveEvent, type VectorOf } from './naive-vector.js';

/** Rows of a feature's window, the oldest first, without the request's transaction if the feature excludes it. */
export interface NaiveWindow {
  readonly rows: readonly Held[];
  readonly passes: (row: Held) => boolean;
  readonly current: NaiveEvent;
  /** Time of the read. */
  readonly atMs: number;
  readonly capDays: number;
}

export type NaiveAggregate = (window: NaiveWindow) => number;

/**
 * Reference model of the aggregates: each from a list of rows. Sums and squares are exact integers, so the values have
 * to be identical to those of the engine.
 */
export const NAIVE_AGGREGATES: Readonly<Record<FeatureAggregate, NaiveAggregate>> = {
  count: (window) => selected(window).length,
  sum: ({ rows }) => sumOf(rows) / 100,
  mean: ({ rows }) => (rows.length === 0 ? 0 : sumOf(rows) / (100 * rows.length)),
  std: ({ rows }) => deviationOf(rows) / 100,
  min: ({ rows }) => (rows.length === 0 ? 0 : Math.min(...amounts(rows)) / 100),
  max: ({ rows }) => maxOf(rows) / 100,
  median: ({ rows }) => medianOf(rows) / 100,
  last: ({ rows }) => (rows.at(-1)?.amountMinor ?? 0) / 100,
  distinct_days: ({ rows }) => new Set(rows.map(({ atMs }) => Math.floor(atMs / DAY_MS))).size,
  share: (window) => (window.rows.length === 0 ? 0 : selected(window).length / window.rows.length),
  ratio_to_mean: ({ rows, current }) => (sumOf(rows) <= 0 ? 1 : (current.amountMinor * rows.length) / sumOf(rows)),
  ratio_to_median: ({ rows, current }) => ratio(current.amountMinor, medianOf(rows)),
  ratio_to_max: ({ rows, current }) => ratio(current.amountMinor, maxOf(rows)),
  z_score: ({ rows, current }) =>
    deviationOf(rows) === 0 ? 0 : (current.amountMinor - sumOf(rows) / rows.length) / deviationOf(rows),
  streak: ({ rows, passes }) => rows.length - 1 - rows.findLastIndex((row) => !passes(row)),
  days_since_last: (window) => daysSince(window, selected(window).at(-1)),
  days_since_first: (window) => daysSince(window, selected(window)[0]),
  last_attribute: (window) => (selected(window).at(-1)?.isOrdinary === true ? 1 : 0),
};

/** Vectors of any declared features by name, from the models of their aggregates. */
export function vectorOfFeatures(
  features: readonly FeatureDefinition[],
  models: Readonly<Record<string, NaiveAggregate>>,
): VectorOf {
  return ({ atMs, customer, terminal, current }) =>
    new Map(
      features.map(({ name, formula }) => {
        if (formula?.kind !== 'window') throw new Error(`${name} has no window`);
        const events = withCurrent(formula.entity === 'customer_id' ? customer : terminal, current);
        const rows = inWindow(events, atMs, formula.window).filter(
          (row) => formula.withCurrent || row.id !== current.id,
        );
        const passes = passing(events, { id: current.id, atMs }, formula.filter);
        const capDays = (formula.window.lengthMs + formula.window.delayMs) / DAY_MS;
        return [name, models[formula.aggregate]?.({ rows, passes, current, atMs, capDays }) ?? Number.NaN];
      }),
    );
}

/** The request's transaction is behind all rows of its time, whether it was kept or not. */
function withCurrent(events: readonly Held[], current: Held): readonly Held[] {
  const others = events.filter(({ id }) => id !== current.id);
  return others.toSpliced(others.findLastIndex(({ atMs }) => atMs <= current.atMs) + 1, 0, current);
}

function inWindow(events: readonly Held[], atMs: number, { lengthMs, delayMs }: FeatureWindow): readonly Held[] {
  return events.filter((row) => row.atMs > atMs - delayMs - lengthMs && row.atMs <= atMs - delayMs);
}

function passing(
  events: readonly Held[],
  { id, atMs }: Pick<Held, 'id' | 'atMs'>,
  filter: FeatureFilter | undefined,
): (row: Held) => boolean {
  if (filter === undefined) return () => true;
  if (filter.kind !== 'above_median') return (row) => isFraudAt(row, atMs) === (filter.kind === 'known_fraud');
  const before = inWindow(events, atMs, { lengthMs: filter.medianOverMs, delayMs: 0 }).filter((row) => row.id !== id);
  const least = filter.times * median(amounts(before));
  return ({ amountMinor }) => amountMinor > least;
}

const selected = ({ rows, passes }: NaiveWindow): readonly Held[] => rows.filter((row) => passes(row));
const amounts = (rows: readonly Held[]): number[] => rows.map(({ amountMinor }) => amountMinor);
const sumOf = (rows: readonly Held[]): number => amounts(rows).reduce((total, amount) => total + amount, 0);
const maxOf = (rows: readonly Held[]): number => (rows.length === 0 ? 0 : Math.max(...amounts(rows)));
const medianOf = (rows: readonly Held[]): number => (rows.length === 0 ? 0 : median(amounts(rows)));
const ratio = (amount: number, reference: number): number => (reference <= 0 ? 1 : amount / reference);

function deviationOf(rows: readonly Held[]): number {
  const count = BigInt(rows.length);
  if (count < 2n) return 0;
  const exact = amounts(rows).map(BigInt);
  const sum = exact.reduce((total, amount) => total + amount, 0n);
  const squares = exact.reduce((total, amount) => total + amount * amount, 0n);
  return Math.sqrt(Number(count * squares - sum * sum) / Number(count * (count - 1n)));
}

function daysSince({ atMs, capDays }: NaiveWindow, row: Held | undefined): number {
  return row === undefined ? capDays : (atMs - row.atMs) / DAY_MS;
}
