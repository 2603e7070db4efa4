/** Limits of a model file that a server accepts. */
export interface OnnxLimits {
  readonly maxBytes: number;
  /** Operators in the graph. */
  readonly maxNodes: number;
  /** Nodes of all trees together; ONNX Runtime needs 30 s and more for millions (onnxruntime #16511). */
  readonly maxTreeNodes: number;
  readonly maxTrees: number;
  /** Total number of elements of all intermediate values for a run of 1,000 rows. */
  readonly maxValues: number;
  /** Entries and total text of `metadata_props`. */
  readonly maxMetadataEntries: number;
  readonly maxMetadataBytes: number;
}

/** Default limits. */
export const DEFAULT_ONNX_LIMITS: OnnxLimits = {
  maxBytes: 64 * 1024 * 1024,
  maxNodes: 256,
  maxTreeNodes: 1_000_000,
  maxTrees: 10_000,
  maxValues: 64 * 1024 * 1024,
  maxMetadataEntries: 256,
  maxMetadataBytes: 1024 * 1024,
};

const TENSOR_OPERATORS = [
  'Abs',
  'Add',
  'ArgMax',
  'BatchNormalization',
  'Cast',
  'Clip',
  'Concat',
  'Constant',
  'Div',
  'Equal',
  'Exp',
  'Flatten',
  'Gather',
  'Gemm',
  'Greater',
  'Identity',
  'IsNaN',
  'LeakyRelu',
  'Less',
  'Log',
  'MatMul',
  'Max',
  'Min',
  'Mul',
  'Neg',
  'Not',
  'Pow',
  'ReduceMean',
  'ReduceSum',
  'Relu',
  'Reshape',
  'Shape',
  'Sigmoid',
  'Slice',
  'Softmax',
  'Split',
  'Sqrt',
  'Squeeze',
  'Sub',
  'Sum',
  'Tanh',
  'Transpose',
  'Unsqueeze',
  'Where',
];
const ML_OPERATORS = [
  'ArrayFeatureExtractor',
  'Binarizer',
  'CategoryMapper',
  'FeatureVectorizer',
  'Imputer',
  'LabelEncoder',
  'LinearClassifier',
  'LinearRegressor',
  'Normalizer',
  'OneHotEncoder',
  'Scaler',
  'SVMClassifier',
  'SVMRegressor',
  'TreeEnsembleClassifier',
  'TreeEnsembleRegressor',
  'ZipMap',
];

/**
 * Operators a fraud model may use, by domain: those of skl2onnx, onnxmltools and plain feed-forward nets.
 * No control flow (If, Loop, Scan: unbounded work), no custom domain (native code), no operator that allocates by a
 * value in the file (ConstantOfShape, Expand, Tile, Range).
 */
export const ALLOWED_OPERATORS: Readonly<Record<string, ReadonlySet<string>>> = {
  '': new Set(TENSOR_OPERATORS),
  'ai.onnx': new Set(TENSOR_OPERATORS),
  'ai.onnx.ml': new Set(ML_OPERATORS),
};
