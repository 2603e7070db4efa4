import type { RetrainingRequested, TrainingCompleted } from '@fraudflow/contracts';
import { systemClock } from '@fraudflow/core';
import type { BatchContext, DecodedRecord } from '@fraudflow/messaging';
import { Registry, silentLogger } from '@fraudflow/observability';
import { expect, test } from 'vitest';
import { TrainerEvents } from '../events.js';
import { TrainingJobs } from '../jobs/training-jobs.service.js';
import { RetryPolicy } from '../steps/retry-policy.js';
import type { PipelineOutcome } from '../steps/apply-verdict.js';
import type { PipelineRequest } from '../steps/step.js';
import type { TrainingPipeline } from '../steps/training-pipeline.js';
import { RetrainingRequestedConsumer } from './retraining-requested.consumer.js';

const MODEL = 'fraud';
const OUTCOME: PipelineOutcome = {
  promoted: true,
  version: { version: '2', runId: 'run' },
  previousVersion: '1',
  dataDigest: 'digest',
  metrics: {},
  gates: [],
  message: 'all gates passed',
};

const aRequest = (request_id: string, change: Partial<RetrainingRequested> = {}): RetrainingRequested => ({
  request_id,
  model_name: MODEL,
  model_version: '1',
  reason: 'drift',
  requested_by: 'drift-monitor',
  requested_at: '2026-05-01T00:00:00.000Z',
  evidence: {},
  ...change,
});

/** A trainer whose trainings end immediately. @param registered requests with a version stored before a crash */
function aTrainer(registered: readonly string[] = []): {
  handle(...requests: readonly RetrainingRequested[]): Promise<void>;
  readonly trained: string[];
  readonly announced: TrainingCompleted[];
} {
  const trained: string[] = [];
  const announced: TrainingCompleted[] = [];
  const pipeline = {
    run: async ({ requestId }: PipelineRequest) => {
      trained.push(requestId);
      return OUTCOME;
    },
  } as unknown as TrainingPipeline;
  const announcer = {
    trainingCompleted: async (event: TrainingCompleted) => {
      announced.push(event);
    },
  };
  const events = new TrainerEvents(silentLogger, new Registry());
  const retries = new RetryPolicy({ firstBackoffMs: 0, lastBackoffMs: 0, attempts: 3 });
  const jobs = new TrainingJobs(pipeline, MODEL, { announcer, events, clock: systemClock, retries });
  const consumer = new RetrainingRequestedConsumer(jobs, MODEL, {
    findByRequest: async (_model, requestId) =>
      registered.includes(requestId) ? { ...OUTCOME.version, stage: 'None', verdict: undefined } : undefined,
  });
  const context = { signal: new AbortController().signal, heartbeat: async () => undefined } as unknown as BatchContext;
  const handle = (...requests: readonly RetrainingRequested[]): Promise<void> =>
    consumer.handle(
      requests.map((value) => ({ value }) as unknown as DecodedRecord<RetrainingRequested>),
      context,
    );
  return { handle, trained, announced };
}

test('of several waiting requests only the newest is trained, and the others are announced as cancelled', async () => {
  const { handle, trained, announced } = aTrainer();

  await handle(aRequest('first'), aRequest('second'), aRequest('third'));

  expect(trained).toEqual(['third']);
  expect(announced.map(({ request_id, outcome }) => [request_id, outcome])).toEqual([
    ['first', 'cancelled'],
    ['second', 'cancelled'],
    ['third', 'promoted'],
  ]);
  expect(announced[0]?.message).toContain('third');
});

test('a request made by a person is always trained', async () => {
  const { handle, trained } = aTrainer();

  await handle(aRequest('by hand', { reason: 'manual' }), aRequest('by evidence'), aRequest('newest'));

  expect(trained).toEqual(['by hand', 'newest']);
});

test('a request whose version is already stored is completed, although newer requests wait', async () => {
  const { handle, trained } = aTrainer(['cut off']);

  await handle(aRequest('cut off'), aRequest('newest'));

  expect(trained).toEqual(['cut off', 'newest']);
});

test('requests for other models are ignored', async () => {
  const { handle, trained, announced } = aTrainer();

  await handle(aRequest('ours'), aRequest('theirs', { model_name: 'other' }));

  expect([trained, announced.length]).toEqual([['ours'], 1]);
});

/** A trainer whose training continues until it is aborted. */
function aBusyTrainer() {
  const announced: TrainingCompleted[] = [];
  const pipeline = {
    run: (_request: PipelineRequest, signal: AbortSignal) =>
      new Promise<PipelineOutcome>((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason as Error)),
      ),
  };
  const announcer = {
    trainingCompleted: async (event: TrainingCompleted) => {
      announced.push(event);
    },
  };
  const retries = new RetryPolicy({ firstBackoffMs: 0, lastBackoffMs: 0, attempts: 3 });
  const events = new TrainerEvents(silentLogger, new Registry());
  const jobs = new TrainingJobs(pipeline, MODEL, { announcer, events, clock: systemClock, retries });
  const consumer = new RetrainingRequestedConsumer(jobs, MODEL, { findByRequest: async () => undefined });
  const partition = new AbortController();
  const context = { signal: partition.signal, heartbeat: async () => undefined } as unknown as BatchContext;
  const handled = consumer.handle([{ value: aRequest('a') } as unknown as DecodedRecord<RetrainingRequested>], context);
  return { jobs, announced, partition, handled };
}

test('a request whose training is interrupted by a shutdown is not committed', async () => {
  const { jobs, announced, handled } = aBusyTrainer();

  const [ended] = await Promise.allSettled([handled, jobs.stop()]);

  expect(ended).toMatchObject({ status: 'rejected', reason: { kind: 'unavailable' } });
  expect(announced).toEqual([]);
});

test('a request whose partition is revoked is not committed, and its training continues', async () => {
  const { jobs, partition, handled } = aBusyTrainer();

  partition.abort();

  await expect(handled).rejects.toMatchObject({ kind: 'unavailable' });
  expect(jobs.get('a').state).not.toBe('cancelled');
  await jobs.stop();
});

test('a cancelled request is announced as cancelled and committed', async () => {
  const { jobs, announced, handled } = aBusyTrainer();
  await new Promise((resolve) => setImmediate(resolve));

  jobs.cancel('a');

  await expect(handled).resolves.toBeUndefined();
  expect(announced).toMatchObject([{ request_id: 'a', outcome: 'cancelled' }]);
});
