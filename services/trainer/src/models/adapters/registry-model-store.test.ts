import { conflict, notFound, unavailable } from '@fraudflow/core';
import { describe, expect, test } from 'vitest';
import { renderEvaluation } from '../evaluation-file.js';
import type { TrainingRecord } from '../model-store.port.js';
import { RegistryModelStore, type TrainerRegistry } from './registry-model-store.js';

type Version = Awaited<ReturnType<TrainerRegistry['listVersions']>>[number];

const gates = [
  { gate: 'minimum_recall', value: Number.NaN, bound: 0.2, passed: false, message: 'recall is undefined' },
];
const record: TrainingRecord = {
  requestId: 'r1',
  reason: 'manual',
  parameters: { rounds: '10' },
  featureService: 'fraud_detection_features:1',
  verdict: { passed: true, evaluatedAgainst: '3', dataDigest: 'd', metrics: { recall: 0.5 }, gates },
  files: {
    'model.onnx': Buffer.from('onnx'),
    'evaluation.json': renderEvaluation({ metrics: { recall: 0.5 }, gates }),
  },
};

/** The registry's side in memory; `fault` runs before each call. */
function aRegistry(fault: (call: string) => void = () => undefined) {
  const calls: string[] = [];
  const files = new Map<string, Uint8Array>();
  const versions: Version[] = [];
  const stages = new Map<string, string>();
  const called = (name: string): void => {
    calls.push(name);
    fault(name);
  };
  const registry: { -readonly [key in keyof TrainerRegistry]: TrainerRegistry[key] } = {
    latestVersion: async (_model, stage) => {
      called('latestVersion');
      return versions.findLast(({ version }) => stages.get(version) === stage);
    },
    listVersions: async () => versions.map((one) => ({ ...one, current_stage: stages.get(one.version) ?? 'None' })),
    downloadUri: async (_model, version) => versions.find((one) => one.version === version)?.source ?? '',
    listArtifacts: async (folder) =>
      [...files]
        .filter(([path]) => path.startsWith(`${folder}/`))
        .map(([path, { length }]) => ({
          path: path.slice(path.indexOf('/model/') + 1),
          is_dir: false,
          file_size: length,
        })),
    getArtifact: async (uri) => {
      called('getArtifact');
      const found = files.get(uri);
      if (!found) throw notFound(uri);
      return found;
    },
    putArtifact: async (uri, content) => {
      called('putArtifact');
      files.set(uri, Buffer.from(content));
    },
    ensureExperiment: async () => '1',
    createRun: async () => {
      called('createRun');
      const id = `run${calls.filter((name) => name === 'createRun').length}`;
      const info = { run_id: id, experiment_id: '1', artifact_uri: `mlflow-artifacts:/1/${id}`, status: 'RUNNING' };
      return { info, data: { metrics: [], params: [], tags: [] } };
    },
    logBatch: async () => called('logBatch'),
    finishRun: async (_run, status) => called(`finishRun ${status}`),
    ensureRegisteredModel: async () => called('ensureRegisteredModel'),
    createModelVersion: async (name, source, runId, tags) => {
      called('createModelVersion');
      const version: Version = {
        name,
        version: String(versions.length + 1),
        current_stage: 'None',
        run_id: runId,
        source,
        status: 'READY',
        tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
        creation_timestamp: 0,
      };
      versions.push(version);
      return version;
    },
    replaceStage: async ({ version }, stage, expected) => {
      called('replaceStage');
      const current = [...stages].find(([, held]) => held === stage)?.[0];
      if (current !== expected) throw conflict(`${current} is in the stage`);
      for (const [other, held] of stages) if (held === stage) stages.set(other, 'Archived');
      stages.set(version, stage);
    },
  };
  const store = new RegistryModelStore(registry, { nowMs: () => 7 }, 100);
  return { store, registry, calls, files, versions, stages };
}

test('the version is created last, after its run is finished', async () => {
  const { store, calls } = aRegistry();

  expect(await store.store('fraud', record)).toEqual({ version: '1', runId: 'run1' });
  expect(calls.slice(-2)).toEqual(['finishRun FINISHED', 'createModelVersion']);
});

test.each(['logBatch', 'putArtifact', 'ensureRegisteredModel', 'createModelVersion'])(
  'if %s fails, there is no version and the run is marked as failed',
  async (failing) => {
    const { store, calls, versions } = aRegistry((call) => {
      if (call === failing) throw unavailable('away');
    });

    await expect(store.store('fraud', record)).rejects.toMatchObject({ kind: 'unavailable' });
    expect([calls.at(-1), versions.length]).toEqual(['finishRun FAILED', 0]);
  },
);

test('a stored version is found by its request id, with verdict and stage', async () => {
  const { store, stages } = aRegistry();
  await store.store('fraud', record);
  stages.set('1', 'Archived');

  expect(await store.findByRequest('fraud', 'r1')).toEqual({
    version: '1',
    runId: 'run1',
    stage: 'Archived',
    verdict: record.verdict,
  });
  expect(await store.findByRequest('fraud', 'r2')).toBeUndefined();
});

test('a verdict without a champion differs from no verdict', async () => {
  const { store, registry } = aRegistry();
  const { verdict } = record;
  await store.store('fraud', { ...record, verdict: { ...verdict, passed: false, evaluatedAgainst: undefined } });
  await registry.createModelVersion('fraud', '', '', { 'fraudflow.request_id': 'old', 'fraudflow.gates': 'passed' });

  expect((await store.findByRequest('fraud', 'r1'))?.verdict).toMatchObject({
    passed: false,
    evaluatedAgainst: undefined,
  });
  expect((await store.findByRequest('fraud', 'old'))?.verdict).toBeUndefined();
});

test('a missing or malformed evaluation file leaves the verdict without metrics; a failed download is retryable', async () => {
  const { store, files } = aRegistry();
  await store.store('fraud', record);
  files.set('mlflow-artifacts:/1/run1/model/evaluation.json', Buffer.from('{'));

  expect((await store.findByRequest('fraud', 'r1'))?.verdict).toMatchObject({ passed: true, gates: [], metrics: {} });

  const away = aRegistry((call) => {
    if (call === 'getArtifact') throw unavailable('away');
  });
  await away.store.store('fraud', record);
  await expect(away.store.findByRequest('fraud', 'r1')).rejects.toMatchObject({ kind: 'unavailable' });
});

describe('a promotion', () => {
  test('archives the version it was evaluated against', async () => {
    const { store, stages } = aRegistry();
    await store.store('fraud', record);
    await store.store('fraud', { ...record, requestId: 'r2' });
    await store.promote('fraud', '1', undefined);

    await store.promote('fraud', '2', '1');

    expect([...stages]).toEqual([
      ['1', 'Archived'],
      ['2', 'Production'],
    ]);
  });

  test('changes nothing if another version is active', async () => {
    const { store, stages } = aRegistry();
    await store.store('fraud', record);
    await store.store('fraud', { ...record, requestId: 'r2' });
    stages.set('1', 'Production');

    for (const expected of ['9', undefined]) {
      await expect(store.promote('fraud', '2', expected)).rejects.toMatchObject({
        code: 'CHAMPION_CHANGED',
        message: expect.stringContaining('the active version is 1'),
      });
    }
    expect(stages.get('1')).toBe('Production');
  });

  test('changes nothing if another version becomes active between the read and the move', async () => {
    const { store, stages, registry } = aRegistry();
    await store.store('fraud', record);
    await store.store('fraud', { ...record, requestId: 'r2' });
    await store.store('fraud', { ...record, requestId: 'r3' });
    stages.set('1', 'Production');
    const { replaceStage } = registry;
    registry.replaceStage = async (...move) => {
      registry.replaceStage = replaceStage;
      await replaceStage({ name: 'fraud', version: '3' }, 'Production', '1');
      await replaceStage(...move);
    };

    await expect(store.promote('fraud', '2', '1')).rejects.toMatchObject({
      code: 'CHAMPION_CHANGED',
      message: expect.stringContaining('the active version is 3'),
    });
    expect(stages.get('3')).toBe('Production');
  });

  test('of the active version does nothing', async () => {
    const { store, stages, calls } = aRegistry();
    await store.store('fraud', record);
    stages.set('1', 'Production');

    await store.promote('fraud', '1', '9');

    expect(calls).not.toContain('replaceStage');
  });
});

describe('the champion', () => {
  test('is returned with its file, and with scoring.json if there is one', async () => {
    const { store, stages, files } = aRegistry();
    expect(await store.champion('fraud')).toBeUndefined();
    await store.store('fraud', record);
    stages.set('1', 'Production');

    expect(await store.champion('fraud')).toEqual({ version: '1', model: Buffer.from('onnx') });
    files.set('mlflow-artifacts:/1/run1/model/scoring.json', Buffer.from('{}'));
    expect(await store.champion('fraud')).toMatchObject({ scoringJson: '{}' });
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ['without a file', {}, /must hold model\.onnx/],
    ['with two files and none named model.onnx', { 'a.onnx': 'x', 'b.onnx': 'y' }, /it holds 2/],
    ['with a file too large to be served', { 'model.onnx': 'x'.repeat(101) }, /101 bytes/],
  ])('%s is returned with an error instead of a file', async (_what, contents, reason) => {
    const { store, stages } = aRegistry();
    await store.store('fraud', { ...record, files: contents });
    stages.set('1', 'Production');

    expect(await store.champion('fraud')).toMatchObject({
      version: '1',
      model: expect.objectContaining({ message: expect.stringMatching(reason) }),
    });
  });
});
