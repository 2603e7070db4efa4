/** The protobuf wire types that an ONNX file needs, to build models of other tools in tests. */
type Bytes = Uint8Array<ArrayBuffer>;

const FLOAT = 1;
const INT64 = 7;

interface Attribute {
  readonly ints?: readonly number[];
  readonly floats?: readonly number[];
  readonly strings?: readonly string[];
  readonly text?: string;
}

/**
 * A tree classifier as the XGBoost and LightGBM converters write it: outputs `label` [N] and `probabilities` [N, 2].
 * One split on the first column at `threshold`: log-odds −2 below (or missing), `aboveLogOdds` from there on.
 */
export function classifierOnnx(columns: number, threshold: number, aboveLogOdds = 3): Bytes {
  const node = message(
    text(1, 'input'),
    text(2, 'label'),
    text(2, 'probabilities'),
    text(4, 'TreeEnsembleClassifier'),
    ...Object.entries(classifierAttributes(threshold, aboveLogOdds)).map(([name, value]) =>
      bytes(5, attribute(name, value)),
    ),
    text(7, 'ai.onnx.ml'),
  );
  const graph = message(
    bytes(1, node),
    text(2, 'classifier'),
    bytes(11, valueInfo('input', FLOAT, columns)),
    bytes(12, valueInfo('label', INT64)),
    bytes(12, valueInfo('probabilities', FLOAT, 2)),
  );
  const opset = (domain: string, version: number) => bytes(8, message(text(1, domain), varint(2, version)));
  return message(varint(1, 8), bytes(7, graph), opset('', 15), opset('ai.onnx.ml', 3));
}

/**
 * A linear model as scikit-learn's converter writes it: `LinearRegressor` with the weight 0.01 for each column, then
 * `Sigmoid`. A missing value in any column makes its result NaN.
 */
export function linearOnnx(columns: number): Bytes {
  const node = message(
    text(1, 'input'),
    text(2, 'sum'),
    text(4, 'LinearRegressor'),
    bytes(5, attribute('coefficients', { floats: Array<number>(columns).fill(0.01) })),
    bytes(5, attribute('intercepts', { floats: [0] })),
    text(7, 'ai.onnx.ml'),
  );
  const sigmoid = message(text(1, 'sum'), text(2, 'probability'), text(4, 'Sigmoid'));
  const graph = message(
    bytes(1, node),
    bytes(1, sigmoid),
    text(2, 'linear'),
    bytes(11, valueInfo('input', FLOAT, columns)),
    bytes(12, valueInfo('probability', FLOAT, 1)),
  );
  const opset = (domain: string, version: number) => bytes(8, message(text(1, domain), varint(2, version)));
  return message(varint(1, 8), bytes(7, graph), opset('', 15), opset('ai.onnx.ml', 3));
}

function classifierAttributes(threshold: number, aboveLogOdds: number): Readonly<Record<string, Attribute>> {
  return {
    nodes_treeids: { ints: [0, 0, 0] },
    nodes_nodeids: { ints: [0, 1, 2] },
    nodes_featureids: { ints: [0, 0, 0] },
    nodes_values: { floats: [threshold, 0, 0] },
    nodes_modes: { strings: ['BRANCH_LT', 'LEAF', 'LEAF'] },
    nodes_truenodeids: { ints: [1, 0, 0] },
    nodes_falsenodeids: { ints: [2, 0, 0] },
    nodes_missing_value_tracks_true: { ints: [1, 0, 0] },
    class_treeids: { ints: [0, 0] },
    class_nodeids: { ints: [1, 2] },
    class_ids: { ints: [0, 0] },
    class_weights: { floats: [-2, aboveLogOdds] },
    classlabels_int64s: { ints: [0, 1] },
    post_transform: { text: 'LOGISTIC' },
  };
}

function attribute(name: string, { ints, floats, strings, text: value }: Attribute): Bytes {
  if (ints) return message(text(1, name), ...ints.map((item) => varint(8, item)), varint(20, 7));
  if (floats) return message(text(1, name), ...floats.map((item) => float(7, item)), varint(20, 6));
  if (strings) return message(text(1, name), ...strings.map((item) => text(9, item)), varint(20, 8));
  return message(text(1, name), text(4, value ?? ''), varint(20, 3));
}

function valueInfo(name: string, elementType: number, columns?: number): Bytes {
  const batch = bytes(1, message(text(2, 'N')));
  const shape = columns === undefined ? message(batch) : message(batch, bytes(1, message(varint(1, columns))));
  return message(text(1, name), bytes(2, message(bytes(1, message(varint(1, elementType), bytes(2, shape))))));
}

function message(...parts: readonly Bytes[]): Bytes {
  return new Uint8Array(Buffer.concat(parts));
}

function varint(field: number, value: number): Bytes {
  return Uint8Array.from([...leb128(field << 3), ...leb128(value)]);
}

function float(field: number, value: number): Bytes {
  const encoded = Buffer.alloc(4);
  encoded.writeFloatLE(value);
  return Uint8Array.from([...leb128((field << 3) | 5), ...encoded]);
}

function text(field: number, value: string): Bytes {
  return bytes(field, new Uint8Array(Buffer.from(value, 'utf8')));
}

function bytes(field: number, value: Bytes): Bytes {
  return Uint8Array.from([...leb128((field << 3) | 2), ...leb128(value.length), ...value]);
}

function leb128(value: number): number[] {
  const encoded: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    encoded.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 128);
  }
  return [...encoded, rest];
}
