import { expect, test } from 'vitest';
import { FakeLearner } from '../../test/support/a-learner.js';
import { FakeModelStore } from '../../test/support/a-model-store.js';
import { aPipeline, request } from '../../test/support/a-pipeline.js';
import { GATES, METRICS } from './evaluate.step.js';
import type { PipelineStep, StepContext } from './step.js';
import { STEPS } from './steps.js';
import { LEARNT } from './train.step.js';
import { part, type Work } from './work.js';

/** Content of the file of a new step: the part that it adds, if any, and the step. */
const COUNTED = part<number>('counted');
const noop: PipelineStep = {
  name: 'noop',
  phase: 'evaluating',
  async run(work, { report }) {
    report(0.5);
    work.set(COUNTED, work.get(LEARNT).test.labels.length);
  },
};

/** A step of a test that only runs the given function. */
const aStep = (run: (work: Work, context: StepContext) => void): PipelineStep => ({
  name: 'inserted',
  phase: 'evaluating',
  run: async (work, context) => run(work, context),
});

/** The list with steps inserted behind the step of this name. */
function after(name: string, ...inserted: readonly PipelineStep[]): readonly PipelineStep[] {
  const index = STEPS.findIndex((step) => step.name === name) + 1;
  return [...STEPS.slice(0, index), ...inserted, ...STEPS.slice(index)];
}

async function run(
  steps: readonly PipelineStep[],
  store = new FakeModelStore(),
  signal = new AbortController().signal,
) {
  const reported: (readonly [string, number])[] = [];
  const outcome = await aPipeline({ store, steps }).run(request(), signal, (phase, share) => {
    reported.push([phase, share]);
  });
  return { outcome, reported };
}

test('names of steps are unique', () => {
  expect(new Set(STEPS.map(({ name }) => name)).size).toBe(STEPS.length);
});

test('a step is added by its file and a line in the list; the outcome stays the same', async () => {
  const before = await run(STEPS);
  const { outcome, reported } = await run(after('train', noop));

  expect(outcome).toEqual(before.outcome);
  expect(reported).toEqual([
    ...before.reported.filter(([phase]) => phase !== 'registering'),
    ['evaluating', 0.5],
    ['registering', 0],
  ]);
});

test('an added step reads the results of earlier steps, and later steps read its results', async () => {
  const seen: unknown[] = [];
  const reads = aStep((work) => {
    seen.push(work.get(COUNTED), work.get(LEARNT).test.labels.length);
    expect(() => work.get(GATES)).toThrow('no step before inserted adds the part gates');
  });

  await run(after('train', noop, reads));

  expect(seen).toEqual([7 * 48, 7 * 48]);
});

test('a step in the wrong place fails with its name and the part that it lacks', async () => {
  await expect(run(after('plan', noop))).rejects.toMatchObject({
    kind: 'assertion_failed',
    message: 'no step before noop adds the part learnt',
  });
});

test('a gate that an added step appends decides about the promotion, and its metric is stored', async () => {
  const gate = { gate: 'inserted', value: 1, bound: 2, passed: false, message: 'too small' };
  const store = new FakeModelStore();

  const { outcome } = await run(
    after(
      'compare',
      aStep((work) => {
        work.set(GATES, [...work.get(GATES), gate]);
        work.set(METRICS, { ...work.get(METRICS), inserted: 1 });
      }),
    ),
    store,
  );

  expect(outcome).toMatchObject({ promoted: false, message: 'too small' });
  expect([store.versions.length, store.current]).toEqual([1, undefined]);
  expect(store.versions[0]?.record.verdict.metrics).toMatchObject({ inserted: 1, test_rows: 7 * 48 });
});

const BEFORE_REGISTER = STEPS.map(({ name }) => name).filter((name) => name !== 'register');

test.each(BEFORE_REGISTER)('an error in a step behind %s leaves no version', async (name) => {
  const store = new FakeModelStore();
  const fails = aStep(() => {
    throw new Error('defect of the step');
  });

  await expect(run(after(name, fails), store)).rejects.toThrow('defect of the step');

  expect([store.versions.length, store.current]).toEqual([0, undefined]);
});

test.each(BEFORE_REGISTER)('an abort in a step behind %s leaves no version', async (name) => {
  const store = new FakeModelStore();
  const controller = new AbortController();
  const reason = new Error('enough');
  const aborts = aStep(() => controller.abort(reason));

  await expect(run(after(name, aborts), store, controller.signal)).rejects.toBe(reason);

  expect([store.versions.length, store.current]).toEqual([0, undefined]);
});

test('after an abort the next step does not start, and its phase is not reported', async () => {
  const controller = new AbortController();
  const phases = new Set<string>();
  let hasStarted = false;
  const aborts = aStep(() => controller.abort(new Error('enough')));
  const next: PipelineStep = { ...aStep(() => (hasStarted = true)), name: 'next', phase: 'registering' };
  const pipeline = aPipeline({ steps: after('decide', aborts, next) });

  await expect(pipeline.run(request(), controller.signal, (phase) => phases.add(phase))).rejects.toThrow('enough');

  expect([hasStarted, [...phases]]).toEqual([false, ['preparing', 'training', 'evaluating']]);
});

test('after an error behind register the same request promotes the stored version without another training', async () => {
  const store = new FakeModelStore();
  const fails = aStep(() => {
    throw new Error('defect of the step');
  });
  await expect(run(after('register', fails), store)).rejects.toThrow('defect of the step');
  const learner = new FakeLearner();

  const outcome = await aPipeline({ store, learner }).run(request(), new AbortController().signal, () => undefined);

  expect(outcome).toMatchObject({ promoted: true, version: { version: '1' } });
  expect([learner.learnt.length, store.versions.length]).toEqual([0, 1]);
});
