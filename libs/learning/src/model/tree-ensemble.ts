/**
 * One regression tree as flat arrays, node 0 the root. A node is a leaf when `left[node] < 0`. Arrays hold float32
 * values because XGBoost compares and sums in float32: with doubles, rows near a split change sides.
 */
export interface RegressionTree {
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** Column of the feature compared; 0 in leaves. */
  readonly feature: Int32Array;
  /** Inner node: go left if value < threshold. Leaf: the value added to the margin. */
  readonly value: Float32Array;
  /** 1 if a missing value (NaN) goes left. */
  readonly missingGoesLeft: Uint8Array;
}

/** A binary classifier: probability = sigmoid(baseMargin + sum of one leaf per tree). */
export interface TreeEnsemble {
  readonly featureCount: number;
  /** Initial log-odds, before any tree, float32. */
  readonly baseMargin: number;
  readonly trees: readonly RegressionTree[];
}
