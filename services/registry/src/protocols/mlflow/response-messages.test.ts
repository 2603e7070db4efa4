import { artifactFileSchema } from '@fraudflow/contracts/mlflow/artifact';
import { experimentSchema } from '@fraudflow/contracts/mlflow/experiment';
import { loggedModelSchema } from '@fraudflow/contracts/mlflow/logged-model';
import { modelVersionSchema } from '@fraudflow/contracts/mlflow/model-version';
import { registeredModelSchema } from '@fraudflow/contracts/mlflow/registered-model';
import { runSchema } from '@fraudflow/contracts/mlflow/run';
import { expect, test } from 'vitest';
import type { ModelVersion } from '../../entities/model-version.js';
import type { Metric, RunInfo } from '../../entities/run.js';
import { experimentMessage } from '../../experiments/experiment.mapper.js';
import { loggedModelMessage } from '../../logged-models/logged-model.mapper.js';
import { modelVersionMessage, registeredModelMessage } from '../../models/model.mapper.js';
import { runMessage } from './controllers/run.mapper.js';

const TAGS = [{ key: 'team', value: 'risk' }];
const TIMES = { createdAtMs: 1, updatedAtMs: 2 };
const METRIC: Metric = { key: 'loss', value: Number.NaN, timestampMs: 3, step: 4 };

const RUN_INFO: RunInfo = {
  runId: 'r1',
  experimentId: '7',
  runName: 'able-ant-1',
  userId: 'ann',
  status: 'RUNNING',
  startedAtMs: 1,
  endedAtMs: undefined,
  artifactUri: 'mlflow-artifacts:/7/r1/artifacts',
  lifecycleStage: 'active',
};

const VERSION: ModelVersion = {
  name: 'fraud',
  version: 3,
  stage: 'Staging',
  description: '',
  source: 'runs:/r1/model',
  storageLocation: 'mlflow-artifacts:/7/r1/artifacts/model',
  runId: undefined,
  runLink: '',
  modelId: undefined,
  createdBy: 'ann',
  tags: TAGS,
  aliases: ['champion'],
  ...TIMES,
};

/** A message as a client receives it. */
function received(message: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(message)) as Record<string, unknown>;
}

test('an experiment in a response has all fields of the shared schema', () => {
  const message = received(
    experimentMessage({
      experimentId: '7',
      name: 'fraud',
      artifactLocation: 'mlflow-artifacts:/7',
      lifecycleStage: 'active',
      tags: TAGS,
      ...TIMES,
    }),
  );

  expect(experimentSchema.strict().parse(message)).toEqual(message);
});

test('a run in a response has all fields of the shared schema, and NaN is a text', () => {
  const dataset = { name: 'd', digest: 'x', sourceType: 'local', source: 's', schema: undefined, profile: '{}' };
  const message = received(
    runMessage({
      info: RUN_INFO,
      metrics: [METRIC],
      params: TAGS,
      tags: TAGS,
      datasetInputs: [{ dataset, tags: TAGS }],
      modelInputs: ['m-1'],
      modelOutputs: [{ modelId: 'm-2', step: 5 }],
    }),
  );

  const parsed = runSchema.strict().parse(message);

  expect(message['data']).toMatchObject({ metrics: [{ key: 'loss', value: 'NaN' }] });
  expect(parsed.data.metrics[0]?.value).toBeNaN();
  expect(received(parsed)).toMatchObject({ info: message['info'], inputs: message['inputs'] });
  expect(parsed.outputs).toEqual(message['outputs']);
});

test('a logged model in a response has all fields of the shared schema, and its status has the prefix', () => {
  const message = received(
    loggedModelMessage({
      modelId: 'm-1',
      experimentId: '7',
      name: 'xgb',
      artifactUri: 'mlflow-artifacts:/7/models/m-1/artifacts',
      status: 'READY',
      modelType: '',
      sourceRunId: undefined,
      isDeleted: false,
      tags: TAGS,
      params: TAGS,
      metrics: [{ ...METRIC, value: 0.5, runId: 'r1' }],
      registrations: [{ name: 'fraud', version: 3 }],
      ...TIMES,
    }),
  );

  expect(loggedModelSchema.strict().parse(message)).toEqual(message);
  expect(message['info']).toMatchObject({ status: 'LOGGED_MODEL_READY' });
});

test('a registered model and its versions in a response have all fields of the shared schema', () => {
  const model = { name: 'fraud', description: '', tags: TAGS, aliases: [{ alias: 'champion', version: 3 }] };
  const message = received(registeredModelMessage({ ...model, latestVersions: [VERSION], ...TIMES }));
  const version = received(modelVersionMessage(VERSION));

  expect(modelVersionSchema.strict().parse(version)).toEqual({ ...version, run_id: '' });
  expect(registeredModelSchema.strict().parse(message)).toMatchObject({ ...message, latest_versions: [version] });
});

test('a file in a listing has a size, and a folder reads as 0 bytes', () => {
  expect(artifactFileSchema.parse({ path: 'a', is_dir: false, file_size: 9 })).toMatchObject({ file_size: 9 });
  expect(artifactFileSchema.parse({ path: 'b', is_dir: true })).toEqual({ path: 'b', is_dir: true, file_size: 0 });
});
