import type { TrainingCompleted } from '@fraudflow/contracts';
import { failedPrecondition, systemClock, unavailable } from '@fraudflow/core';
import { Registry, silentLogger } from '@fraudflow/observability';
import { describe, expect, test } from 'vitest';
import { TrainerEvents } from '../events.js';
import { RetryPolicy } from '../steps/retry-policy.js';
import type { PipelineOutcome } from '../steps/apply-verdict.js';
import type { TrainingPipeline } from '../steps/training-pipeline.js';
import { TrainingJobs } from './training-jobs.service.js';

const OUTCOME: PipelineOutcome = {
  promoted: true,
  version: { version: '2', runId: 'run' },
  previousVersion: '1',
  dataDigest: 'digest',
  metrics: { recall: 0.5 },
  gates: [{ gate: 'beats_champion', value: Number.NaN, bound: 0.5, passed: true }],
  message: 'all gates passed',
};

type Run = TrainingPipeline['run'];

/** @param announce fails as often as it throws */
function aQueue(run: Run, announce: () => void = () => undefined) {
  const announced: TrainingCompleted[] = [];
  const announcer = {
    trainingCompleted: async (event: TrainingCompleted) => {
      announce();
      announced.push(event);
    },
  };
  const events = new TrainerEvents(silentLogger, new Registry());
  const retries = new RetryPolicy({ firstBackoffMs: 0, lastBackoffMs: 0, attempts: 3 });
  const jobs = new TrainingJobs({ run }, 'fraud', { announcer, events, clock: systemClock, retries });
  const start = (requestId: string) => jobs.start({ requestId, modelName: 'fraud', reason: 'manual' });
  return { jobs, announced, start };
}

/** Runs until it is aborted. */
const endless: Run = (_request, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

test('an ended training is announced with its version and metrics; NaN becomes null', async () => {
  const { announced, start } = aQueue(async () => OUTCOME);

  const { job, isAnnounced } = await start('a').done;

  expect([job.state, isAnnounced]).toEqual(['promoted', true]);
  expect(announced).toMatchObject([
    { request_id: 'a', outcome: 'promoted', model_version: '2', previous_version: '1', gates: [{ value: null }] },
  ]);
});

test('trainings run one after another, and a repeated request id runs once', async () => {
  const running = new Set<string>();
  const order: string[] = [];
  const { start } = aQueue(async ({ requestId }) => {
    running.add(requestId);
    expect(running.size).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    running.delete(requestId);
    order.push(requestId);
    return OUTCOME;
  });

  const [a, b, again] = [start('a'), start('b'), start('a')];
  await Promise.all([a.done, b.done, again.done]);

  expect(order).toEqual(['a', 'b']);
});

describe('stopping the trainer', () => {
  test('aborts queued and running trainings without an announcement', async () => {
    const { jobs, announced, start } = aQueue(endless);
    const ends = [start('runs'), start('waits')].map(({ done }) => done);

    await jobs.stop();

    expect((await Promise.all(ends)).map(({ isAnnounced }) => isAnnounced)).toEqual([false, false]);
    expect(announced).toEqual([]);
  });

  test('rejects new trainings with a retryable error', async () => {
    const { jobs, start } = aQueue(endless);
    await jobs.stop();

    expect(() => start('late')).toThrow(expect.objectContaining({ kind: 'unavailable' }));
  });
});

describe('a cancelled training', () => {
  test('is announced as cancelled', async () => {
    const { jobs, announced, start } = aQueue(endless);
    const { done } = start('a');
    await new Promise((resolve) => setImmediate(resolve));

    jobs.cancel('a');

    expect(await done).toMatchObject({ isAnnounced: true, job: { state: 'cancelled' } });
    expect(announced).toMatchObject([{ request_id: 'a', outcome: 'cancelled', message: 'cancelled on request' }]);
  });

  test('that is queued does not run', async () => {
    const ran: string[] = [];
    const { jobs, start } = aQueue(async ({ requestId }) => {
      ran.push(requestId);
      return OUTCOME;
    });
    const [first, second] = [start('a'), start('b')];

    jobs.cancel('b');
    await Promise.all([first.done, second.done]);

    expect(ran).toEqual(['a']);
  });
});

test('a failed training is announced with its reason, and the same request id may be started again', async () => {
  let fails = true;
  const { announced, start } = aQueue(async () => {
    if (fails) throw failedPrecondition('no history');
    return OUTCOME;
  });

  await start('a').done;
  fails = false;
  await start('a').done;

  expect(announced.map(({ outcome, message }) => [outcome, message])).toEqual([
    ['failed', 'no history'],
    ['promoted', 'all gates passed'],
  ]);
});

describe('an announcement', () => {
  test('is retried while Kafka is unavailable', async () => {
    let failures = 2;
    const { announced, start } = aQueue(
      async () => OUTCOME,
      () => {
        if (failures-- > 0) throw unavailable('no broker');
      },
    );

    expect(await start('a').done).toMatchObject({ isAnnounced: true });
    expect(announced).toHaveLength(1);
  });

  test('that fails leaves the request to be processed again', async () => {
    const runs: string[] = [];
    const { jobs, start } = aQueue(
      async ({ requestId }) => {
        runs.push(requestId);
        return OUTCOME;
      },
      () => {
        throw unavailable('no broker');
      },
    );

    expect(await start('a').done).toMatchObject({ isAnnounced: false });
    expect(jobs.get('a').state).toBe('promoted');
    await start('a').done;

    expect(runs).toEqual(['a', 'a']);
  });
});

test('the message of a training names the dependency it waits for', async () => {
  let seen = '';
  const queue = aQueue(async (_request, _signal, onStep) => {
    onStep('training', 0.5);
    onStep('registering', 0, 'the registry does not answer');
    seen = queue.jobs.get('a').message;
    return OUTCOME;
  });

  await queue.start('a').done;

  expect(seen).toBe('registering: the registry does not answer');
});

test('another model and too many queued trainings are rejected', () => {
  const { jobs, start } = aQueue(endless);

  expect(() => jobs.start({ modelName: 'other', reason: '' })).toThrow(
    expect.objectContaining({ kind: 'invalid_input', field: 'model_name' }),
  );
  for (let i = 0; i < 20; i++) start(`r${i}`);
  expect(() => start('one more')).toThrow(expect.objectContaining({ kind: 'resource_exhausted' }));
  expect(() => jobs.get('unknown')).toThrow(expect.objectContaining({ kind: 'not_found', field: 'request_id' }));
});
