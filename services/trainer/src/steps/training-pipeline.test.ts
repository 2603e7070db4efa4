import { DAY_MS, unavailable } from '@fraudflow/core';
import { FEATURE_NAMES } from '@fraudflow/features';
import { describe, expect, test } from 'vitest';
import { aHistory, FakeTrainingData } from '../../test/support/a-history.js';
import { aFile, FakeLearner } from '../../test/support/a-learner.js';
import { FakeModelStore, FaultyModelStore } from '../../test/support/a-model-store.js';
import { aPipeline, ATTEMPTS, history, request } from '../../test/support/a-pipeline.js';
import type { Phase, PipelineRequest } from './step.js';
import type { TrainingPipeline } from './training-pipeline.js';

const never = new AbortController().signal;

async function run(pipeline: TrainingPipeline, over?: Partial<PipelineRequest>, signal = never) {
  return pipeline.run(request(over), signal, () => undefined);
}

/** A store with an active version trained on earlier days. */
function withChampion(model: Uint8Array | Error = aFile(FEATURE_NAMES)): FakeModelStore {
  const store = new FakeModelStore();
  store.versions.push({ record: {} as never, stage: 'Production' });
  store.current = { version: '1', model };
  return store;
}

test('a model that passes its gates is stored with its verdict and promoted', async () => {
  const store = new FakeModelStore();
  const steps: Phase[] = [];

  const outcome = await aPipeline({ store }).run(request(), never, (step) => steps.push(step));

  expect(outcome).toMatchObject({ promoted: true, version: { version: '1' }, previousVersion: undefined });
  expect([...new Set(steps)]).toEqual(['preparing', 'training', 'evaluating', 'registering']);
  expect(store.current?.version).toBe('1');
  expect(store.versions[0]?.record).toMatchObject({
    requestId: 'r1',
    parameters: { algorithm: 'fake', library: 'none' },
    featureService: 'fraud_detection_features:1',
    verdict: { passed: true, evaluatedAgainst: undefined, dataDigest: outcome.dataDigest },
  });
  expect(Object.keys(store.versions[0]?.record.files ?? {}).toSorted()).toEqual([
    'MLmodel',
    'evaluation.json',
    'model.onnx',
    'reference-profile.json',
  ]);
});

test('a model below a minimum is stored but not promoted, and the message has the number', async () => {
  const store = withChampion();

  const outcome = await aPipeline({ store, learner: new FakeLearner('blind', 'blind') }).run(
    request(),
    never,
    () => undefined,
  );

  expect(outcome).toMatchObject({ promoted: false, message: expect.stringMatching(/averagePrecision .* 0\.8/) });
  expect(store.current?.version).toBe('1');
  expect(store.versions[1]?.record.verdict).toMatchObject({ passed: false, evaluatedAgainst: '1' });
});

test('a challenger is promoted only if it is not worse than the champion on the same rows', async () => {
  const [better, worse] = [withChampion(), withChampion()];

  const won = await run(aPipeline({ store: better, learner: new FakeLearner('sharp', 'blurred') }));
  const lost = await run(aPipeline({ store: worse, learner: new FakeLearner('blurred', 'sharp') }));

  expect([won.promoted, won.previousVersion, better.current?.version]).toEqual([true, '1', '2']);
  expect([lost.promoted, worse.current?.version]).toEqual([false, '1']);
});

test('the threshold is chosen on days before the test; a short history uses the default', async () => {
  const [long, short] = [new FakeModelStore(), new FakeModelStore()];
  const learner = new FakeLearner();

  await run(aPipeline({ store: long, learner }));
  await run(aPipeline({ store: short, data: history(30), learner: new FakeLearner() }));

  expect(learner.learnt).toHaveLength(2);
  expect(long.versions[0]?.record.verdict.metrics['threshold']).toBeCloseTo(0.5, 5);
  expect(short.versions[0]?.record.verdict.metrics['threshold']).toBe(0.5);
});

describe('the same request again', () => {
  test('promotes the version of an earlier attempt without another training', async () => {
    const store = new FakeModelStore();
    const crash = new FaultyModelStore(store, (call) => {
      if (call === 4) throw new Error('killed before the promotion');
    });
    await expect(run(aPipeline({ store: crash }))).rejects.toThrow('killed');
    const learner = new FakeLearner('blind');

    const outcome = await run(aPipeline({ store, learner, data: history(70) }));

    expect(outcome).toMatchObject({ promoted: true, version: { version: '1' } });
    expect([learner.learnt.length, store.versions.length, store.current?.version]).toEqual([0, 1, '1']);
  });

  test('does not promote a version whose own gates failed, although a new model would pass', async () => {
    const store = new FakeModelStore();
    await run(aPipeline({ store, learner: new FakeLearner('blind') }));

    const outcome = await run(aPipeline({ store, learner: new FakeLearner('sharp') }));

    expect(outcome).toMatchObject({ promoted: false, version: { version: '1' } });
    expect(outcome.gates.some(({ passed }) => !passed)).toBe(true);
    expect(store.current).toBeUndefined();
  });

  test('reports a version that was promoted before the crash as promoted', async () => {
    const store = new FakeModelStore();
    const first = await run(aPipeline({ store }));

    const again = await run(aPipeline({ store, learner: new FakeLearner('blind') }));

    expect({ ...again, message: '' }).toEqual({ ...first, message: '' });
  });

  test('changes nothing if the version was replaced since', async () => {
    const store = new FakeModelStore();
    await run(aPipeline({ store }));
    await run(aPipeline({ store, learner: new FakeLearner('sharp', 'blurred') }), { requestId: 'r2' });

    const again = await run(aPipeline({ store }));

    expect(again).toMatchObject({ promoted: true, message: expect.stringContaining('replaced since') });
    expect(store.current?.version).toBe('2');
  });
});

test('a version is not promoted over a champion it was not evaluated against', async () => {
  const store = withChampion();
  const meanwhile = new FaultyModelStore(store, (call) => {
    if (call === 4) store.current = { version: '9', model: new Uint8Array() };
  });

  const outcome = await run(aPipeline({ store: meanwhile }));

  expect(outcome).toMatchObject({
    promoted: false,
    message: expect.stringMatching(/evaluated against 1, but the active version is 9/),
  });
  expect([store.current?.version, store.versions[1]?.stage]).toEqual(['9', 'None']);
});

describe('interrupted', () => {
  test.each<Phase>(['preparing', 'training', 'evaluating', 'registering'])(
    'by an abort in the step %s it leaves no version',
    async (at) => {
      const store = new FakeModelStore();
      const controller = new AbortController();
      const reason = new Error('enough');

      const running = aPipeline({ store }).run(request(), controller.signal, (step) => {
        if (step === at) controller.abort(reason);
      });

      await expect(running).rejects.toBe(reason);
      expect([store.versions.length, store.current]).toEqual([0, undefined]);
    },
  );

  test('by a crash at any call, a repeat ends with exactly one version, which is active', async () => {
    for (let crashAt = 0; crashAt < 5; crashAt++) {
      for (const moment of ['before', 'after']) {
        const store = new FakeModelStore();
        const dying = new FaultyModelStore(store, (call, now) => {
          if (call === crashAt && now === moment) throw new Error('killed');
        });
        await expect(run(aPipeline({ store: dying }))).rejects.toThrow('killed');

        const outcome = await run(aPipeline({ store }));

        expect([outcome.promoted, store.versions.length, store.current?.version]).toEqual([true, 1, '1']);
      }
    }
  });
});

describe('a retryable failure', () => {
  test('is retried at every call without another training', async () => {
    for (let failing = 0; failing < 5; failing++) {
      for (const moment of ['before', 'after']) {
        const store = new FakeModelStore();
        const learner = new FakeLearner();
        let failures = 0;
        const shaky = new FaultyModelStore(store, (call, now) => {
          if (call < failing || now !== moment || failures >= 2) return;
          failures++;
          throw unavailable('the registry restarts');
        });
        const notes: string[] = [];

        const outcome = await aPipeline({ store: shaky, learner }).run(request(), never, (_step, _share, note) => {
          if (note !== undefined) notes.push(note);
        });

        expect([outcome.promoted, store.versions.length, learner.learnt.length, failures]).toEqual([true, 1, 2, 2]);
        expect(notes).toEqual(Array(2).fill(expect.stringContaining('the registry restarts')));
      }
    }
  });

  test('is thrown after the last attempt', async () => {
    const away = new FaultyModelStore(new FakeModelStore(), () => {
      throw unavailable('the registry is unreachable');
    });

    await expect(run(aPipeline({ store: away }))).rejects.toMatchObject({ kind: 'unavailable' });
    expect(away.calls).toBe(ATTEMPTS);
  });
});

describe('without enough history', () => {
  test('without any transaction the error is NO_HISTORY', async () => {
    await expect(run(aPipeline({ data: history(0) }))).rejects.toMatchObject({ code: 'NO_HISTORY' });
  });

  test('with too few days the error is HISTORY_TOO_SHORT with the missing days and the newest transaction', async () => {
    await expect(run(aPipeline({ data: history(20) }))).rejects.toMatchObject({
      code: 'HISTORY_TOO_SHORT',
      message: expect.stringMatching(/needs 22 days of transactions, 3 more.*1970-04-30T23:30.*transaction t959/),
    });
  });

  test('without a known fraud the error is NOTHING_TO_LEARN', async () => {
    const data = new FakeTrainingData(aHistory({ days: 40, fraudEvery: 1_000_000 }));

    await expect(run(aPipeline({ data }))).rejects.toMatchObject({ code: 'NOTHING_TO_LEARN' });
  });
});

test('one transaction far in the future does not shift the training range and is named', async () => {
  const ahead = [{ transactionId: 'curl-example', occurredAtMs: 700 * DAY_MS }];
  const [plain, moved] = [new FakeModelStore(), new FakeModelStore()];

  await run(aPipeline({ store: plain }));
  const outcome = await run(aPipeline({ store: moved, data: new FakeTrainingData(aHistory({ days: 49 }), ahead) }));

  expect(outcome.dataDigest).toBe(plain.versions[0]?.record.verdict.dataDigest);
  expect(outcome).toMatchObject({
    promoted: true,
    message: expect.stringMatching(/curl-example at 1971-12-02T00:00:00\.000Z is far in the future/),
  });
});

test('HISTORY_TOO_SHORT names the transaction far in the future', async () => {
  const ahead = [{ transactionId: 'curl-example', occurredAtMs: 700 * DAY_MS }];

  await expect(run(aPipeline({ data: new FakeTrainingData(aHistory({ days: 9 }), ahead) }))).rejects.toMatchObject({
    code: 'HISTORY_TOO_SHORT',
    message: expect.stringContaining('curl-example at 1971-12-02'),
  });
});

test('data_until may be earlier than the reference time, not later', async () => {
  const data = history(60);

  await run(aPipeline({ data }), { dataUntilMs: 150 * DAY_MS });
  await run(aPipeline({ data }), { requestId: 'r2', dataUntilMs: 900 * DAY_MS });

  expect(data.loads.map(({ asOfMs }) => Math.floor(asOfMs / DAY_MS))).toEqual([150, 159]);
});
