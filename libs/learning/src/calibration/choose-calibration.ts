import { invalidInput } from '@fraudflow/core';
import { seededRandom } from '@fraudflow/stats';
import { applyCalibration, type Calibration } from './calibration.js';
import { checkCalibrationRows } from './calibration-rows.js';
import { fitIsotonic } from './fit-isotonic.js';
import { fitPlatt } from './fit-platt.js';

type Fit = (margins: Float32Array, labels: Float32Array) => Calibration;

/** From the simplest to the most flexible. */
const KINDS: readonly Fit[] = [() => ({ kind: 'none' }), fitPlatt, fitIsotonic];

/**
 * Chooses between no calibration, Platt's and isotonic by cross-validated log loss and fits the choice on all rows.
 * A more flexible kind must be better than the simpler one by more than one standard error of the paired difference, so
 * scores that are calibrated already stay as they are. A fit that would reverse the ranking (slope of at most 0) is not
 * considered. O(folds · n log n).
 * @param margins log-odds of validation rows that the model was not trained on. @param labels 1 fraud, 0 genuine.
 * @param options `folds`: 2 or more, classes are spread evenly; `seed`: of the random folds.
 * @returns the calibration to export.
 * @throws AppError invalid_input for no rows, unequal lengths, margins that are not finite, or fewer rows of a class
 * than folds.
 * Source: L. Breiman et al., Classification and regression trees, 1984, section 3.4.3 (rule of one standard error).
 */
export function chooseCalibration(
  margins: ArrayLike<number>,
  labels: ArrayLike<number>,
  options: { readonly folds: number; readonly seed: number },
): Calibration {
  const { frauds, genuine } = checkCalibrationRows(margins, labels);
  const { folds, seed } = options;
  if (!Number.isInteger(folds) || folds < 2) {
    throw invalidInput(`folds must be a whole number of at least 2, not ${folds}`, { field: 'folds' });
  }
  if (Math.min(frauds, genuine) < folds) {
    throw invalidInput(
      `${folds} folds need ${folds} rows of each class: ${frauds} frauds and ${genuine} genuine rows; ` +
        'choose fewer folds or more days',
      { field: 'folds' },
    );
  }
  const rows = { margins: Float32Array.from(margins), labels: Float32Array.from(labels) };
  const foldOf = spreadOverFolds(rows.labels, folds, seed);
  let best: { fit: Fit; losses: Float64Array } | undefined;
  for (const fit of KINDS) {
    const losses = heldOutLosses(rows, foldOf, folds, fit);
    if (losses && (best === undefined || isClearlyLower(losses, best.losses))) best = { fit, losses };
  }
  return best?.fit(rows.margins, rows.labels) ?? { kind: 'none' };
}

interface Rows {
  readonly margins: Float32Array;
  readonly labels: Float32Array;
}

/** Fold of each row: the rows of each class in random order, dealt to the folds in turn. */
function spreadOverFolds(labels: Float32Array, folds: number, seed: number): Uint32Array {
  const random = seededRandom(seed);
  const order = Uint32Array.from(labels, (_, row) => row);
  for (let at = order.length - 1; at > 0; at--) {
    const other = Math.floor(random.uniform() * (at + 1));
    [order[at], order[other]] = [order[other] as number, order[at] as number];
  }
  const foldOf = new Uint32Array(labels.length);
  let frauds = 0;
  let genuine = 0;
  for (const row of order) foldOf[row] = (labels[row] === 1 ? frauds++ : genuine++) % folds;
  return foldOf;
}

/** Log loss of each row by the calibration fitted on the other folds; undefined if one of them reverses the ranking. */
function heldOutLosses(rows: Rows, foldOf: ArrayLike<number>, folds: number, fit: Fit): Float64Array | undefined {
  const losses = new Float64Array(rows.labels.length);
  for (let fold = 0; fold < folds; fold++) {
    const isTraining = (_: number, row: number): boolean => foldOf[row] !== fold;
    const calibration = fit(rows.margins.filter(isTraining), rows.labels.filter(isTraining));
    if (calibration.kind === 'platt' && !(calibration.slope > 0)) return undefined;
    for (let row = 0; row < losses.length; row++) {
      if (foldOf[row] === fold) losses[row] = lossOf(calibration, rows.margins[row] as number, rows.labels[row]);
    }
  }
  return losses;
}

/** Clipped as `logLoss` of @fraudflow/stats. */
function lossOf(calibration: Calibration, margin: number, label: number | undefined): number {
  const clipped = Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, applyCalibration(calibration, margin)));
  return label === 1 ? -Math.log(clipped) : -Math.log1p(-clipped);
}

function isClearlyLower(losses: Float64Array, than: Float64Array): boolean {
  const differences = losses.map((loss, row) => (than[row] as number) - loss);
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  const squares = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return mean > Math.sqrt(squares) / differences.length;
}
