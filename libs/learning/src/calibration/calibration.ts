import { defined } from '@fraudflow/core';

/**
 * A map from a model's margin (log-odds, float32) to its fraud probability, part of the exported ONNX graph.
 *
 * - `none`: sigmoid(margin).
 * - `platt`: sigmoid(slope · margin + offset), every operation rounded to float32.
 * - `isotonic`: a step function. Step i starts at `margins[i]` and has the value `probabilities[i]`; the first step
 *   also covers all lower margins. Both lists ascend. {@link RANKING_SHARE} of the sigmoid is added, so that rows of
 *   one step keep their order.
 */
export type Calibration =
  | { readonly kind: 'none' }
  | { readonly kind: 'platt'; readonly slope: number; readonly offset: number }
  | { readonly kind: 'isotonic'; readonly margins: Float32Array; readonly probabilities: Float32Array };

/**
 * Share of the uncalibrated probability in an isotonic one; the step has the rest. A step alone gives all its rows one
 * score, so cards could not be ranked within it. It changes a probability by less than 0.001. A power of two, so that
 * the products are exact.
 */
export const RANKING_SHARE = 2 ** -10;

/**
 * Calibrated fraud probability of one margin, in float32 and within 1e-6 of the exported ONNX graph. O(1), isotonic
 * O(log steps).
 * @param margin log-odds.
 * @returns a probability in [0, 1]; NaN for NaN.
 */
export function applyCalibration(calibration: Calibration, margin: number): number {
  const logOdds = Math.fround(margin);
  switch (calibration.kind) {
    case 'none':
      return sigmoid(logOdds);
    case 'platt':
      return sigmoid(
        Math.fround(Math.fround(logOdds * Math.fround(calibration.slope)) + Math.fround(calibration.offset)),
      );
    case 'isotonic': {
      const step = defined(calibration.probabilities[stepOf(calibration.margins, logOdds)], 'step of the calibration');
      return Math.fround(stepWeight(step) + Math.fround(RANKING_SHARE * sigmoid(logOdds)));
    }
  }
}

/** Contribution of a step to the calibrated probability, float32. */
export function stepWeight(probability: number): number {
  return Math.fround((1 - RANKING_SHARE) * probability);
}

/** Last step that starts at or below the margin, the first one if none does. */
function stepOf(margins: Float32Array, margin: number): number {
  let low = 0;
  let high = margins.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (margin < (margins[middle] as number)) high = middle - 1;
    else low = middle;
  }
  return low;
}

function sigmoid(logOdds: number): number {
  return Math.fround(1 / (1 + Math.exp(-logOdds)));
}
