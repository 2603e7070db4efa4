export { dataDigest, type DigestedData } from './data/data-digest.js';
export { chooseThreshold, type ThresholdRule } from './evaluation/choose-threshold.js';
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
export { type OnnxExportOptions, writeTreeEnsembleOnnx } from './onnx/write-tree-ensemble-onnx.js';
export { type Fold, type FoldOptions, planFolds, type TimeRange } from './protocol/plan-folds.js';
export { type EventColumns, type FoldRows, labelsKnownAt, rowsOfFold } from './protocol/rows-of-fold.js';
export { type LogisticSettings, type Recipe, type XgboostSettings, xgboostParameters } from './recipe/recipe.js';
export { DEFAULT_RECIPE, recipeNamed, RECIPES } from './recipe/recipes.js';
export { parseSettings } from './recipe/settings-schema.js';
export { sampleXgboostSettings } from './tuning/sample-settings.js';
export { type HalvingOptions, successiveHalving, type Trial, type TrialRequest } from './tuning/successive-halving.js';
export { type LabelledColumns, splitByTime, type TimeSplit, type TimeSplitOptions } from './split/split-by-time.js';
