import { onnxOutputs } from '@fraudflow/inference';
import {
  applyCalibration,
  type Calibration,
  fitIsotonic,
  fitPlatt,
  parseXgboostModel,
  treeMargins,
  writeTreeEnsembleOnnx,
} from '@fraudflow/learning';
import { aModel, aTree } from '@fraudflow/learning/testing/model-factory';
import { seededRandom } from '@fraudflow/stats';
import { expect, test } from 'vitest';

const FEATURES = 3;
const TOLERANCE = 1e-6;
const EDGES = [NaN, 0, -0, 1e-45, -1e-45, 1.1754942e-38, 3e38, -3e38, 220, Math.fround(219.99998)];

const random = seededRandom(11);
const model = aModel({
  featureCount: FEATURES,
  baseScore: '1.3E-2',
  trees: Array.from({ length: 60 }, (_, at) =>
    aTree({
      feature: at % FEATURES,
      threshold: at % 7 === 0 ? 0 : 300 * random.uniform(),
      left: 0.4 * random.normal(),
      right: 0.4 * random.normal(),
      missingGoesLeft: at % 2,
    }),
  ),
});

/** Ordinary values and, one in three, a value at the edge of float32. */
function someRows(count: number): Float32Array {
  return Float32Array.from({ length: count * FEATURES }, () =>
    random.uniform() < 1 / 3 ? (EDGES[Math.floor(random.uniform() * EDGES.length)] as number) : 300 * random.uniform(),
  );
}

function outputs(rows: Float32Array, output: 'margin' | 'probability', calibration?: Calibration) {
  const bytes = writeTreeEnsembleOnnx(model, {
    featureNames: ['a', 'b', 'c'],
    metadata: { featureService: '', dataDigest: '', trainingRange: { fromMs: 0, toMs: 1 }, threshold: 0.5 },
    output,
    ...(calibration && { calibration }),
  });
  return onnxOutputs(bytes, rows, FEATURES);
}

const rows = someRows(5_000);
const margins = treeMargins(parseXgboostModel(model), rows);
const labels = margins.map((margin) => (random.uniform() < 1 / (1 + Math.exp(-(0.6 * margin + 1))) ? 1 : 0));

test.each([
  ['none', { kind: 'none' } as const],
  ['platt', fitPlatt(margins, labels)],
  ['a reversing platt', { kind: 'platt', slope: -3.7, offset: 2 } as const],
  ['isotonic', fitIsotonic(margins, labels)],
])('ONNX Runtime and applyCalibration agree within 1e-6, edge values included: %s', async (_name, calibration) => {
  const probabilities = await outputs(rows, 'probability', calibration);

  const differences = Array.from(margins, (margin, row) =>
    Math.abs((probabilities[row] ?? NaN) - applyCalibration(calibration, margin)),
  );
  expect(Math.max(...differences)).toBeLessThanOrEqual(TOLERANCE);
});

test('a step begins exactly at its margin', async () => {
  const sorted = [...new Set(margins)].toSorted((a, b) => a - b);
  const starts = Float32Array.from([0.2, 0.5, 0.8], (share) => sorted[Math.floor(share * sorted.length)] as number);
  const calibration: Calibration = {
    kind: 'isotonic',
    margins: starts,
    probabilities: Float32Array.of(0.1, 0.4, 0.9),
  };

  const probabilities = await outputs(rows, 'probability', calibration);

  const stepOf = (value: number): number => [0.1, 0.4, 0.9].findIndex((step) => Math.abs(value - step) < 0.001);
  const expected = Array.from(margins, (margin) =>
    Math.max(
      0,
      starts.findLastIndex((start) => margin >= start),
    ),
  );
  expect(Array.from(probabilities, stepOf)).toEqual(expected);
  expect(new Set(expected)).toEqual(new Set([0, 1, 2]));
});

test('margins are not changed by a calibration', async () => {
  expect(await outputs(rows, 'margin', fitIsotonic(margins, labels))).toEqual(margins);
});
