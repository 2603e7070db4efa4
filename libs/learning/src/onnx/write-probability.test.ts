import { createHash } from 'node:crypto';
import { FEATURE_NAMES } from '@fraudflow/features';
import { expect, test } from 'vitest';
import { aModel, aTree } from '../../test/model-factory.js';
import type { Calibration } from '../calibration/calibration.js';
import { inspectOnnx } from './graph/inspect-onnx.js';
import { readModelFile } from './read-model-file.js';
import type { OnnxExportOptions } from './write-model-file.js';
import { writeTreeEnsembleOnnx } from './write-tree-ensemble-onnx.js';

const metadata = {
  featureService: 'fraud_detection_features:1',
  dataDigest: 'abc',
  trainingRange: { fromMs: 10, toMs: 20 },
  threshold: 0.75,
};
const model = aModel({
  featureCount: 2,
  baseScore: '1.3E-2',
  trees: [aTree({ feature: 1, threshold: 220 }), aTree({ missingGoesLeft: 1 })],
});
const isotonic: Calibration = {
  kind: 'isotonic',
  margins: Float32Array.of(-6, -3, 0, 2),
  probabilities: Float32Array.of(0.001, 0.01, 0.2, 0.9),
};

function write(over: Partial<OnnxExportOptions> = {}): Uint8Array {
  return writeTreeEnsembleOnnx(model, { featureNames: FEATURE_NAMES.slice(0, 2), metadata, ...over });
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

test('a file without calibration has the bytes of former versions', () => {
  const featureNames = ['TX_AMOUNT', 'TX_DURING_WEEKEND'];

  expect(sha256(write({ featureNames }))).toBe('a53d37afad399e259b4845760900698be2e2eb64d720771aa47ade9ae67998eb');
  expect(sha256(write({ featureNames, output: 'margin' }))).toBe(
    'b3e9321eb6eaeb7ca05375e57ad13134e83f48a01ade8c985f8bd6449dcae5a8',
  );
});

test('the calibration "none" and a calibrated margin output add nothing', () => {
  expect(write({ calibration: { kind: 'none' } })).toEqual(write());
  expect(write({ calibration: isotonic, output: 'margin' })).toEqual(write({ output: 'margin' }));
});

test.each<[Calibration, readonly string[], number]>([
  [{ kind: 'platt', slope: 1.1, offset: -0.3 }, ['Add', 'Mul', 'Sigmoid', 'ai.onnx.ml.TreeEnsembleRegressor'], 4],
  [isotonic, ['Add', 'Mul', 'Sigmoid', 'ai.onnx.ml.TreeEnsembleRegressor'], 5],
])(
  'a calibrated file is safe to load and has the signature of an uncalibrated one: $kind',
  (calibration, operators, nodes) => {
    const bytes = write({ calibration });

    expect(readModelFile(bytes).signature).toEqual(readModelFile(write()).signature);
    expect(readModelFile(bytes).properties).toEqual(readModelFile(write()).properties);
    expect(inspectOnnx(bytes)).toMatchObject({ operators, nodes });
  },
);

test('the same calibration gives the same bytes, another one others', () => {
  const other: Calibration = { ...isotonic, probabilities: Float32Array.of(0.001, 0.01, 0.2, 0.8) };

  expect(write({ calibration: structuredClone(isotonic) })).toEqual(write({ calibration: isotonic }));
  expect(write({ calibration: other })).not.toEqual(write({ calibration: isotonic }));
});

test('50,000 steps are within the depth limit of trees', () => {
  const margins = Float32Array.from({ length: 50_000 }, (_, at) => at);
  const calibration: Calibration = { kind: 'isotonic', margins, probabilities: margins.map((at) => at / 50_000) };

  expect(inspectOnnx(write({ calibration })).treeNodes).toBeGreaterThan(99_999);
});

test.each<Calibration>([
  { kind: 'platt', slope: NaN, offset: 0 },
  { kind: 'platt', slope: 1, offset: 1e39 },
  { kind: 'isotonic', margins: Float32Array.of(), probabilities: Float32Array.of() },
  { kind: 'isotonic', margins: Float32Array.of(1, 2), probabilities: Float32Array.of(0.5) },
  { kind: 'isotonic', margins: Float32Array.of(2, 1), probabilities: Float32Array.of(0.1, 0.5) },
  { kind: 'isotonic', margins: Float32Array.of(1, 2), probabilities: Float32Array.of(0.5, 0.1) },
  { kind: 'isotonic', margins: Float32Array.of(1, NaN), probabilities: Float32Array.of(0.1, 0.5) },
  { kind: 'isotonic', margins: Float32Array.of(1, 2), probabilities: Float32Array.of(0.1, 1.5) },
])('a calibration that no graph can compute is refused: %j', (calibration) => {
  expect(() => write({ calibration })).toThrow(
    expect.objectContaining({ kind: 'invalid_input', field: 'calibration' }),
  );
});
