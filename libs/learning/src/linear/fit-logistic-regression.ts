import { failedPrecondition, invalidInput } from '@fraudflow/core';
import { type LossPoint, penalisedLoss, type WeightedRows } from './logistic-loss.js';
import type { LogisticModel } from './logistic-model.js';
import { solvePositiveDefinite } from './solve-positive-definite.js';
import { columnScales, type FeatureMatrix, standardised } from './standardise.js';

/** Training rows of a logistic regression. */
export interface LogisticRows extends FeatureMatrix {
  /** 1 fraud, 0 genuine; one a row. */
  readonly labels: Float32Array;
}

/** Settings of the fit. */
export interface LogisticOptions {
  /** Inverse of the strength of the L2 penalty (scikit-learn's C), above 0. */
  readonly inverseRegularisation: number;
  /** Newton steps before the fit fails. Default 100; usual are 5 to 15. */
  readonly maxIterations?: number;
  /** Largest component of the gradient of the mean loss at which the fit ends, above 0. Default 1e-8. */
  readonly tolerance?: number;
  /** `balanced` gives both classes the same total weight. Default `none`. */
  readonly classWeight?: 'none' | 'balanced';
}

const DEFAULT_MAX_ITERATIONS = 100;
const DEFAULT_TOLERANCE = 1e-8;
/** Share of the decrease predicted by the gradient that a step must reach (Armijo). */
const SUFFICIENT_DECREASE = 1e-4;
/** Relative rounding error of the loss, which hides the decrease of the last steps. */
const LOSS_ROUNDING = 1e-13;
const MAX_HALVINGS = 40;

/**
 * Fits a logistic regression with an L2 penalty on standardised columns by Newton's method with step halving. The
 * penalty does not include the intercept, so the result is that of scikit-learn's `StandardScaler` and
 * `LogisticRegression(C)` at convergence. The same rows give the same model. O(rows · columns²) a step.
 * @returns weights for the standardised columns; a constant column has the weight 0.
 * @throws AppError invalid_input for options out of range, lengths that disagree, labels other than 0 and 1, or columns
 * with missing or infinite values (named); failed_precondition for rows of one class or none (NOTHING_TO_LEARN), or if
 * the fit does not converge.
 * Source: T. Hastie, R. Tibshirani, J. Friedman, The Elements of Statistical Learning, section 4.4.1 (IRLS).
 */
export function fitLogisticRegression(rows: LogisticRows, options: LogisticOptions): LogisticModel {
  checkOptions(options);
  const frauds = checkRows(rows);
  const { featureNames, labels } = rows;
  const width = featureNames.length;
  const scales = columnScales(rows);
  const weighted: WeightedRows = {
    values: standardised(rows, scales),
    labels,
    width,
    classWeights: options.classWeight === 'balanced' ? balancedWeights(labels.length, frauds) : [1, 1],
  };
  const { parameters, iterations } = minimise(weighted, options);
  return {
    featureNames,
    ...scales,
    weights: parameters.slice(0, width),
    intercept: parameters[width] as number,
    iterations,
  };
}

/** rows / (2 · rows of the class), as in scikit-learn. */
function balancedWeights(rows: number, frauds: number): readonly [number, number] {
  return [rows / (2 * (rows - frauds)), rows / (2 * frauds)];
}

function minimise(
  rows: WeightedRows,
  { inverseRegularisation: c, maxIterations = DEFAULT_MAX_ITERATIONS, tolerance = DEFAULT_TOLERANCE }: LogisticOptions,
): { readonly parameters: Float64Array; readonly iterations: number } {
  let parameters = new Float64Array(rows.width + 1);
  let point = penalisedLoss(rows, parameters, c);
  // The class weights have the mean 1, so this is the gradient of the mean loss.
  const slopeOf = ({ gradient }: LossPoint): number =>
    gradient.reduce((most, slope) => Math.max(most, Math.abs(slope)), 0) / (c * rows.labels.length);
  for (let iterations = 0; ; iterations++) {
    if (slopeOf(point) <= tolerance) return { parameters, iterations };
    if (iterations === maxIterations) throw notConverged(`after ${maxIterations} steps`, slopeOf(point), tolerance);
    const next = newtonStep(rows, parameters, point, c);
    if (next === undefined) throw notConverged('as no step lowers the loss', slopeOf(point), tolerance);
    ({ parameters, point } = next);
  }
}

/** One Newton step, halved until the loss decreases; undefined if it does not. */
function newtonStep(
  rows: WeightedRows,
  from: Float64Array<ArrayBuffer>,
  { loss, gradient, hessian }: LossPoint,
  c: number,
): { readonly parameters: Float64Array<ArrayBuffer>; readonly point: LossPoint } | undefined {
  const direction = solvePositiveDefinite(hessian, gradient);
  if (direction === undefined) return undefined;
  const decrease = direction.reduce((sum, value, at) => sum + value * (gradient[at] as number), 0);
  for (let halving = 0, step = 1; halving < MAX_HALVINGS; halving++, step /= 2) {
    const parameters = from.map((value, at) => value - step * (direction[at] as number));
    const point = penalisedLoss(rows, parameters, c);
    if (point.loss <= loss - SUFFICIENT_DECREASE * step * decrease + LOSS_ROUNDING * loss) return { parameters, point };
  }
  return undefined;
}

function notConverged(when: string, slope: number, tolerance: number): Error {
  return failedPrecondition(
    `logistic regression has not converged ${when}: the gradient is ${slope.toExponential(1)}, not ${tolerance} or ` +
      'less; raise maxIterations, or lower inverseRegularisation',
    { field: 'maxIterations' },
  );
}

function checkOptions(options: LogisticOptions): void {
  const { inverseRegularisation, maxIterations = DEFAULT_MAX_ITERATIONS, tolerance = DEFAULT_TOLERANCE } = options;
  for (const [field, value] of Object.entries({ inverseRegularisation, tolerance })) {
    if (!(value > 0 && value < Infinity)) throw invalidInput(`${field} must be above 0, not ${value}`, { field });
  }
  if (!Number.isInteger(maxIterations) || maxIterations < 1) {
    throw invalidInput(`maxIterations must be a positive whole number, not ${maxIterations}`, {
      field: 'maxIterations',
    });
  }
}

/** @returns number of frauds */
function checkRows({ features, labels, featureNames }: LogisticRows): number {
  if (featureNames.length === 0) throw invalidInput('logistic regression needs a column', { field: 'featureNames' });
  if (features.length !== labels.length * featureNames.length) {
    throw invalidInput(
      `${features.length} values are not ${labels.length} rows (one a label) of ${featureNames.length} columns`,
      { field: 'features' },
    );
  }
  let frauds = 0;
  labels.forEach((label, row) => {
    if (label !== 0 && label !== 1) {
      throw invalidInput(`the label of row ${row} is ${label}, neither 0 nor 1`, { field: 'labels' });
    }
    frauds += label;
  });
  if (frauds > 0 && frauds < labels.length) return frauds;
  const missing = labels.length === 0 ? 'are no rows' : frauds === 0 ? 'is no fraud' : 'is no genuine transaction';
  throw failedPrecondition(
    `there ${missing}${labels.length === 0 ? '' : ` among the ${labels.length} rows`} to learn from`,
    { code: 'NOTHING_TO_LEARN' },
  );
}
