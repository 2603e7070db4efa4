import type { Figures } from '../report/figure.js';
import type { Baseline } from './baseline.js';

/** The result of one bench, with the speed of the machine around that time. */
export interface Measurement {
  readonly bench: string;
  /** Options of the command line that differ from the defaults. */
  readonly options?: string;
  readonly figures: Figures;
  /** Steps a second: see `calibrationSpeed`. */
  readonly calibration: number;
}

/** A baseline with the newest result. */
export interface Comparison {
  readonly baseline: Baseline;
  /** The baseline's median, scaled to the speed of this machine. */
  readonly expected: number;
  readonly measured: number;
  /** How many times worse than expected; below 1 it is better. */
  readonly timesWorse: number;
}

const TIMES: ReadonlySet<string> = new Set(['s', 'ms', 'µs']);

/**
 * Compares results with the baselines of the same bench and options. Of several results of a bench the best counts:
 * other load on the machine makes a result worse, never better.
 * @returns one comparison for each baseline that was measured, in the order of the baselines
 */
export function compareWithBaselines(
  baselines: readonly Baseline[],
  measurements: readonly Measurement[],
): readonly Comparison[] {
  return baselines.flatMap((baseline) => {
    const found = measurements
      .filter(({ bench, options }) => bench === baseline.bench && options === baseline.options)
      .flatMap((measurement) => comparisonOf(baseline, measurement))
      .sort((one, other) => one.timesWorse - other.timesWorse);
    return found.slice(0, 1);
  });
}

/** A sentence for each comparison that is outside its tolerance. */
export function violationsOf(comparisons: readonly Comparison[]): readonly string[] {
  return comparisons
    .filter(({ baseline, timesWorse }) => !(timesWorse <= baseline.tolerance))
    .map(({ baseline, expected, measured, timesWorse }) => {
      const { bench, figure, unit, tolerance } = baseline;
      const [got, wanted] = [measured, expected].map((value) => Number(value.toPrecision(4)));
      return `${bench} ${figure}: ${got} ${unit} instead of ${wanted}, ${timesWorse.toFixed(2)} times worse (allowed: ${tolerance})`;
    });
}

function comparisonOf(baseline: Baseline, { figures, calibration }: Measurement): readonly Comparison[] {
  const measured = figures[baseline.figure]?.median;
  if (measured === undefined) return [];
  const expected = scaled(baseline, calibration);
  const timesWorse = baseline.better === 'higher' ? expected / measured : measured / expected;
  return [{ baseline, expected, measured, timesWorse }];
}

/** Rates grow with the speed of the machine, times shrink with it, sizes do not depend on it. */
function scaled({ median, unit, calibration }: Baseline, here: number): number {
  if (calibration === undefined) return median;
  if (unit === '1/s') return (median * here) / calibration;
  return TIMES.has(unit) ? (median * calibration) / here : median;
}
