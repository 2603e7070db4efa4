import type { GraphNode, NodeAttribute } from './graph-node.js';
import {
  broadcast,
  concatenate,
  gathered,
  multiplied,
  productOf,
  reduced,
  reshaped,
  sizeOf,
  unshaped,
  type ValueSize,
  withAxes,
} from './value-size.js';

/** Arguments of a shape rule. */
export interface OperatorCall {
  readonly node: GraphNode;
  /** Sizes of the present inputs, in order. */
  readonly inputs: readonly [ValueSize, ...ValueSize[]];
  /** Elements of the input at this position if it is a small int64 constant. */
  readonly constant: (position: number) => readonly number[] | undefined;
}

type Rule = (call: OperatorCall) => ValueSize;

const attributeOf = ({ node }: OperatorCall, name: string): NodeAttribute | undefined => node.attributes.get(name);
const integerOf = (call: OperatorCall, name: string, byDefault: number): number =>
  attributeOf(call, name)?.integer ?? byDefault;
/** Axes are an attribute or, since opset 13, the second input. */
const axesOf = (call: OperatorCall): readonly number[] | undefined =>
  attributeOf(call, 'axes')?.integers ?? call.constant(1);

const same: Rule = ({ inputs }) => inputs[0];
const combined: Rule = ({ inputs }) => broadcast(inputs);
const reduction: Rule = (call) => reduced(call.inputs[0], axesOf(call), integerOf(call, 'keepdims', 1) !== 0);
const rowsOf = ({ dims, count }: ValueSize): number => dims?.[0] ?? count;
const lengthOf = (call: OperatorCall, ...names: readonly string[]): number =>
  Math.max(0, ...names.map((name) => attributeOf(call, name)?.length ?? 0));

/** One element per class and row; the label output is smaller. */
const classes: Rule = (call) =>
  sizeOf([
    rowsOf(call.inputs[0]),
    Math.max(2, lengthOf(call, 'classlabels_int64s', 'classlabels_strings', 'classlabels_ints')),
  ]);
const targets =
  (attribute: string): Rule =>
  (call) =>
    sizeOf([rowsOf(call.inputs[0]), Math.max(1, integerOf(call, attribute, 1))]);

const transposed: Rule = (call) => {
  const { dims, count } = call.inputs[0];
  if (dims === undefined) return unshaped(count);
  const order = attributeOf(call, 'perm')?.integers ?? dims.map((_, at) => dims.length - 1 - at);
  return sizeOf(order.map((at) => dims[at] ?? 1));
};

const flattened: Rule = (call) => {
  const { dims, count } = call.inputs[0];
  if (dims === undefined) return unshaped(count);
  const axis = integerOf(call, 'axis', 1);
  return sizeOf([sizeOf(dims.slice(0, axis)).count, sizeOf(dims.slice(axis)).count]);
};

const gemm: Rule = (call) => {
  const [a, b] = call.inputs;
  if (a.dims?.length !== 2 || b?.dims?.length !== 2) return productOf(call.inputs);
  const rows = a.dims[integerOf(call, 'transA', 0) === 0 ? 0 : 1] ?? 1;
  const columns = b.dims[integerOf(call, 'transB', 0) === 0 ? 1 : 0] ?? 1;
  return sizeOf([rows, columns]);
};

const squeezed: Rule = (call) => {
  const value = call.inputs[0];
  return reduced(value, axesOf(call) ?? value.dims?.flatMap((dim, at) => (dim === 1 ? [at] : [])), false);
};

const argMax: Rule = (call) =>
  reduced(call.inputs[0], [integerOf(call, 'axis', 0)], integerOf(call, 'keepdims', 1) !== 0);

const byOperator = (rule: Rule, ...operators: readonly string[]): [string, Rule][] =>
  operators.map((operator) => [operator, rule]);

/** Output size bound of each allowed operator; a slice or split counts as the whole input. */
const RULES: ReadonlyMap<string, Rule> = new Map([
  ...byOperator(same, 'Abs', 'BatchNormalization', 'Cast', 'Clip', 'Exp', 'Identity', 'IsNaN', 'LeakyRelu', 'Log'),
  ...byOperator(same, 'Neg', 'Not', 'Relu', 'Sigmoid', 'Slice', 'Softmax', 'Split', 'Sqrt', 'Tanh'),
  ...byOperator(same, 'Binarizer', 'CategoryMapper', 'Imputer', 'LabelEncoder', 'Normalizer', 'Scaler', 'ZipMap'),
  ...byOperator(combined, 'Add', 'Div', 'Equal', 'Greater', 'Less', 'Max', 'Min', 'Mul', 'Pow', 'Sub', 'Sum', 'Where'),
  ...byOperator(reduction, 'ReduceMean', 'ReduceSum'),
  ...byOperator(classes, 'LinearClassifier', 'SVMClassifier', 'TreeEnsembleClassifier'),
  ...byOperator(targets('targets'), 'LinearRegressor'),
  ...byOperator(targets('n_targets'), 'SVMRegressor', 'TreeEnsembleRegressor'),
  ...byOperator(transposed, 'Transpose'),
  ...byOperator(flattened, 'Flatten'),
  ...byOperator(gemm, 'Gemm'),
  ...byOperator(squeezed, 'Squeeze'),
  ...byOperator(argMax, 'ArgMax'),
  ['Concat', (call) => concatenate(call.inputs, integerOf(call, 'axis', 0))],
  ['FeatureVectorizer', (call) => concatenate(call.inputs, 1)],
  ['MatMul', ({ inputs: [a, b] }) => (b ? multiplied(a, b) : a)],
  ['Reshape', (call) => reshaped(call.inputs[0], call.constant(1))],
  ['Unsqueeze', (call) => withAxes(call.inputs[0], axesOf(call))],
  ['Shape', ({ inputs: [value] }) => sizeOf([value.dims?.length ?? 64])],
  ['Gather', (call) => gathered(call.inputs[0], call.inputs[1] ?? sizeOf([]), integerOf(call, 'axis', 0))],
  ['ArrayFeatureExtractor', (call) => gathered(call.inputs[0], call.inputs[1] ?? sizeOf([]), -1)],
  ['OneHotEncoder', (call) => productOf([call.inputs[0], unshaped(lengthOf(call, 'cats_int64s', 'cats_strings'))])],
]);

/** Upper bound of the size of each output. */
export function sizeAfter(call: OperatorCall): ValueSize {
  return RULES.get(call.node.operator)?.(call) ?? productOf(call.inputs);
}
