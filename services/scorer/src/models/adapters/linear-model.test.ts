import { FEATURE_COUNT, FEATURE_NAMES, StreamedFeatures } from '@fraudflow/features';
import {
  applyCalibration,
  type Calibration,
  fitLogisticRegression,
  type LogisticModel,
  logisticMargins,
  writeLinearOnnx,
} from '@fraudflow/learning';
import { expect, test } from 'vitest';
import { anArtifact } from '../../../test/support/a-model.js';
import { lcg } from '../../../test/support/lcg.js';
import { loadModel } from './load-model.js';

const limits = {
  maxBytes: 10_000_000,
  maxRowTreesPerRun: 150_000,
  streamed: new StreamedFeatures('fraud_detection_features'),
};
const metadata = {
  featureService: 'fraud_detection_features:1',
  dataDigest: 'none',
  trainingRange: { fromMs: 0, toMs: 1 },
  threshold: 0.25,
};

/** Rows whose columns have means from 0 to 1,000 and deviations of about a third of them. */
function someRows(count: number, seed: number): Float32Array {
  const random = lcg(seed);
  return Float32Array.from({ length: count * FEATURE_COUNT }, (_, at) => {
    const magnitude = 10 ** ((at % FEATURE_COUNT) % 4);
    return random() * magnitude + (at % 3 === 0 ? magnitude / 2 : 0);
  });
}

function aModel(): LogisticModel {
  const features = someRows(1_000, 3);
  const random = lcg(5);
  const labels = Float32Array.from({ length: 1_000 }, (_, row) => {
    const at = row * FEATURE_COUNT;
    return Number((features[at] ?? NaN) + (features[at + 1] ?? NaN) / 10 + random() > 2.1);
  });
  return fitLogisticRegression({ features, labels, featureNames: FEATURE_NAMES }, { inverseRegularisation: 1 });
}

async function serve(model: LogisticModel, rows: Float32Array, calibration?: Calibration) {
  const options = { featureNames: FEATURE_NAMES, metadata, ...(calibration && { calibration }) };
  const served = await loadModel(anArtifact({ onnx: writeLinearOnnx(model, options) }), limits);
  const scores = Float32Array.from(await served.score(rows, rows.length / FEATURE_COUNT));
  await served.release();
  return { scores, threshold: served.threshold };
}

test.each<Calibration>([
  { kind: 'none' },
  { kind: 'platt', slope: 1.2, offset: -0.3 },
  { kind: 'isotonic', margins: Float32Array.of(-5, -1, 2), probabilities: Float32Array.of(0.01, 0.2, 0.9) },
])('a logistic regression with the calibration $kind is served with its probabilities', async (calibration) => {
  const model = aModel();
  const rows = someRows(2_000, 11);

  const { scores, threshold } = await serve(model, rows, calibration);

  const expected = logisticMargins(model, rows).map((margin) => applyCalibration(calibration, margin));
  const worst = scores.reduce((most, score, row) => Math.max(most, Math.abs(score - (expected[row] ?? NaN))), 0);
  expect(threshold).toBe(0.25);
  expect(Math.max(...expected) - Math.min(...expected)).toBeGreaterThan(0.5);
  expect(worst).toBeLessThanOrEqual(1e-6);
});

test('a row with a missing value gets no score from a logistic regression', async () => {
  const rows = someRows(3, 11);
  rows[FEATURE_COUNT + 2] = Number.NaN;

  const { scores } = await serve(aModel(), rows);

  expect([...scores].map(Number.isNaN)).toEqual([false, true, false]);
});
