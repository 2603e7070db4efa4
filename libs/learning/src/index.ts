export { applyCalibration, type Calibration } from './calibration/calibration.js';
export { chooseCalibration } from './calibration/choose-calibration.js';
export { fitIsotonic } from './calibration/fit-isotonic.js';
export { fitPlatt } from './calibration/fit-platt.js';
export { dataDigest, type DigestedData } from './data/data-digest.js';
export { bootstrapByCard, type MetricIntervals, type ResamplingOptions } from './evaluation/bootstrap-by-card.js';
export { calibrationError } from './evaluation/calibration-error.js';
export { chooseThreshold, type ThresholdRule } from './evaluation/choose-threshold.js';
export { chooseThresholdByCost, type CostRows } from './evaluation/choose-threshold-by-cost.js';
export { type Costs, parseCosts } from './evaluation/costs.js';
export {
  evaluateScores,
  type Evaluation,
  type EvaluationOptions,
  type ScoredColumns,
} from './evaluation/evaluate-scores.js';
export {
  applyGates,
  championGate,
  type GatedMetric,
  type GateReport,
  type GateResult,
  type Gates,
} from './evaluation/gates.js';
export { type AmountRows, type Money, moneyAt } from './evaluation/money-at.js';
export { type ComparisonOptions, type PairedComparison, pairedComparison } from './evaluation/paired-comparison.js';
export { fitLogisticRegression, type LogisticOptions, type LogisticRows } from './linear/fit-logistic-regression.js';
export { type LogisticModel, logisticMargins } from './linear/logistic-model.js';
export { writeLinearOnnx } from './linear/write-linear-onnx.js';
export { treeMargins, treeProbabilities } from './model/evaluate-trees.js';
export { parseXgboostModel } from './model/parse-xgboost-model.js';
export type { RegressionTree, TreeEnsemble } from './model/tree-ensemble.js';
export type { XgboostModelJson, XgboostTreeJson } from './model/xgboost-model-json.js';
export { inspectOnnx, type OnnxInspection } from './onnx/graph/inspect-onnx.js';
export { DEFAULT_ONNX_LIMITS, type OnnxLimits } from './onnx/graph/onnx-policy.js';
export type { ModelMetadata } from './onnx/model-metadata.js';
export type { ModelProperties } from './onnx/model-properties.js';
export type { OnnxSignature } from './onnx/model-signature.js';
export type { OnnxValueInfo } from './onnx/protobuf/read-value-info.js';
export { readModelFile } from './onnx/read-model-file.js';
export type { OnnxExportOptions } from './onnx/write-model-file.js';
export { writeTreeEnsembleOnnx } from './onnx/write-tree-ensemble-onnx.js';
export { type Fold, type FoldOptions, planFolds, type TimeRange } from './protocol/plan-folds.js';
export { type EventColumns, type FoldRows, labelsKnownAt, rowsOfFold } from './protocol/rows-of-fold.js';
export { type LogisticSettings, type Recipe, type XgboostSettings, xgboostParameters } from './recipe/recipe.js';
export { DEFAULT_RECIPE, recipeNamed, RECIPES } from './recipe/recipes.js';
export { parseSettings } from './recipe/settings-schema.js';
export { sampleXgboostSettings } from './tuning/sample-settings.js';
export { type HalvingOptions, successiveHalving, type Trial, type TrialRequest } from './tuning/successive-halving.js';
export { type LabelledColumns, splitByTime, type TimeSplit, type TimeSplitOptions } from './split/split-by-time.js';
