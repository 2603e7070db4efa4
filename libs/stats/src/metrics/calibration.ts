import { invalidInput } from '@fraudflow/core';
import { checkPairs } from './ranking.js';

/** One non-empty bin of a reliability curve. */
export interface CalibrationBin {
  readonly count: number;
  readonly meanProbability: number;
  readonly positiveShare: number;
}

/** Reliability curve and its summary. */
export interface Calibration {
  /** Expected calibration error: Σ count/n · |positive share − mean probability|, in [0, 1]. */
  readonly ece: number;
  /** Mean probability minus positive share: above 0 the model overstates risk. */
  readonly bias: number;
  readonly bins: readonly CalibrationBin[];
}

/**
 * Calibration over equal-width probability bins [i/K, (i+1)/K), the last one closed; empty bins are left out. O(n).
 *
 * @param probabilities in [0, 1]. @param labels 0 or 1, as many.
 * @param binCount K ≥ 1, default 10.
 * @returns the curve and both summaries, which are NaN for no rows.
 * @throws AppError invalid_input for unequal lengths, NaN, or a probability outside [0, 1].
 * @example calibration([0.2, 0.8], [0, 1]).ece // 0.2
 * @see [1] C. Guo et al., On calibration of modern neural networks, 2017.
 */
export function calibration(probabilities: ArrayLike<number>, labels: ArrayLike<number>, binCount = 10): Calibration {
  checkPairs(probabilities, labels);
  const sums = Array.from({ length: binCount }, () => ({ count: 0, probability: 0, positives: 0 }));
  for (let i = 0; i < probabilities.length; i++) {
    const p = probabilities[i] as number;
    const bin = sums[Math.min(binCount - 1, Math.floor(p * binCount))];
    if (bin === undefined || p > 1) throw invalidInput(`probability ${p} is outside [0, 1]`);
    bin.count += 1;
    bin.probability += p;
    bin.positives += labels[i] === 1 ? 1 : 0;
  }
  const n = probabilities.length;
  const total = (of: (bin: (typeof sums)[number]) => number): number => sums.reduce((sum, bin) => sum + of(bin), 0);
  return {
    ece: total((bin) => Math.abs(bin.positives - bin.probability)) / n,
    bias: total((bin) => bin.probability - bin.positives) / n,
    bins: sums
      .filter((bin) => bin.count > 0)
      .map((bin) => ({
        count: bin.count,
        meanProbability: bin.probability / bin.count,
        positiveShare: bin.positives / bin.count,
      })),
  };
}
