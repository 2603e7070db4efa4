import { defined, invalidInput } from '@fraudflow/core';
import type { RegressionTree, TreeEnsemble } from './tree-ensemble.js';

/**
 * Log-odds of each row: baseMargin + tree 0 + tree 1 + ..., every addition rounded to float32.
 * Bit-identical to XGBoost's `output_margin` for the same model. NaN means missing. O(rows x trees x depth).
 * @param rows row-major, `ensemble.featureCount` values each.
 * @returns one margin in log-odds per row.
 * @throws AppError invalid_input if the length is not a multiple of the feature count.
 */
export function treeMargins(ensemble: TreeEnsemble, rows: Float32Array): Float32Array {
  const { featureCount, trees, baseMargin } = ensemble;
  if (rows.length % featureCount !== 0) {
    throw invalidInput(`${rows.length} values are not whole rows of ${featureCount} features`);
  }
  // The Float32Array does the rounding of each partial sum.
  const margins = new Float32Array(rows.length / featureCount).fill(baseMargin);
  for (const tree of trees) {
    for (let row = 0; row < margins.length; row++) {
      margins[row] = at(margins, row) + leafValue(tree, rows, row * featureCount);
    }
  }
  return margins;
}

/**
 * Fraud probability of each row: the sigmoid of {@link treeMargins}, within 2e-7 of XGBoost's.
 * @param rows row-major, `ensemble.featureCount` values each; NaN means missing.
 * @returns one probability in [0, 1] per row.
 * @throws AppError invalid_input if the length is not a multiple of the feature count.
 */
export function treeProbabilities(ensemble: TreeEnsemble, rows: Float32Array): Float32Array {
  return treeMargins(ensemble, rows).map(sigmoid);
}

function sigmoid(margin: number): number {
  return 1 / (1 + Math.exp(-margin));
}

function leafValue(tree: RegressionTree, rows: Float32Array, start: number): number {
  let node = 0;
  let left = at(tree.left, node);
  while (left >= 0) {
    const value = at(rows, start + at(tree.feature, node));
    const goesLeft = Number.isNaN(value) ? tree.missingGoesLeft[node] === 1 : value < at(tree.value, node);
    node = goesLeft ? left : at(tree.right, node);
    left = at(tree.left, node);
  }
  return at(tree.value, node);
}

function at(values: Float32Array | Int32Array, index: number): number {
  return values[index] ?? defined<number>(undefined, `element ${index}`);
}
