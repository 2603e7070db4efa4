import { FEATURE_COUNT, StreamedFeatures } from '@fraudflow/features';
import { expect, test } from 'vitest';
import { aConstantArtifact } from '../../test/support/a-model.js';
import { loadModel } from './adapters/load-model.js';
import { ModelSlot } from './model-slot.js';
import { ScoringModel } from './scoring-model.port.js';

const limits = {
  maxBytes: 10_000_000,
  maxRowTreesPerRun: 150_000,
  streamed: new StreamedFeatures('fraud_detection_features'),
};

class FakeModel extends ScoringModel {
  readonly name = 'fraud_detector';
  readonly digest = '';
  readonly featureNames = ['tx_amount'];
  readonly threshold = undefined;
  released = 0;

  constructor(readonly version: string) {
    super();
  }

  override async score(): Promise<Float32Array> {
    return Float32Array.of(0.5);
  }

  override async release(): Promise<void> {
    this.released++;
  }
}

function aSlot(): ModelSlot {
  return new ModelSlot(() => undefined);
}

test('before the first model, work is refused as unavailable', async () => {
  await expect(aSlot().use(async () => 1)).rejects.toMatchObject({ kind: 'unavailable', code: 'MODEL_NOT_LOADED' });
});

test('a retired model is released exactly once, after its last call has ended', async () => {
  const slot = aSlot();
  const [old, next] = [new FakeModel('1'), new FakeModel('2')];
  slot.swap(old);
  let finish = (): void => undefined;
  const running = slot.use(() => new Promise<void>((resolve) => (finish = resolve)));

  slot.swap(next);
  const releasedWhileRunning = old.released;
  finish();
  await running;

  expect(releasedWhileRunning).toBe(0);
  expect(old.released).toBe(1);
  expect(next.released).toBe(0);
});

test('a failed call releases its use of the model', async () => {
  const slot = aSlot();
  const old = new FakeModel('1');
  slot.swap(old);
  const failing = slot.use(() => Promise.reject(new Error('boom')));
  slot.swap(new FakeModel('2'));

  await expect(failing).rejects.toThrow('boom');

  expect(old.released).toBe(1);
});

test('waiting for a model ends when a model is activated or when the signal aborts', async () => {
  const slot = aSlot();
  const patient = slot.whenLoaded(new AbortController().signal);
  const givingUp = new AbortController();
  const impatient = aSlot().whenLoaded(givingUp.signal);

  slot.swap(new FakeModel('1'));
  givingUp.abort();

  await Promise.all([patient, impatient]);
  expect(slot.current?.version).toBe('1');
});

test('no call fails or mixes versions while real models are swapped under concurrent scoring', async () => {
  const slot = aSlot();
  const probabilityOf = (version: number): number => (version % 9) / 10 + 0.1;
  slot.swap(await loadModel(aConstantArtifact('0', probabilityOf(0)), limits));
  let isDone = false;
  let calls = 0;
  let wrong = 0;
  const scorer = async (rows: number): Promise<void> => {
    while (!isDone) {
      const { version, scores } = await slot.use(async (model) => ({
        version: Number(model.version),
        scores: await model.score(new Float32Array(rows * FEATURE_COUNT), rows),
      }));
      wrong += scores.filter((score) => Math.abs(score - probabilityOf(version)) > 1e-6).length;
      calls++;
    }
  };
  const scorers = [1, 1, 1, 7, 300].map(scorer);

  for (let version = 1; version <= 20; version++) {
    slot.swap(await loadModel(aConstantArtifact(String(version), probabilityOf(version)), limits));
  }
  isDone = true;
  await Promise.all(scorers);

  expect(slot.current?.version).toBe('20');
  expect(wrong).toBe(0);
  expect(calls).toBeGreaterThan(20);
});
