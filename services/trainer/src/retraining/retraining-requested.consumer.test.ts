import type { RetrainingRequested, TrainingCompleted } from '@fraudflow/contracts';
import { systemClock } from '@fraudflow/core';
import type { BatchContext, DecodedRecord } from '@fraudflow/messaging';
import { Registry, silentLogger } from '@fraudflow/observability';
import { expect, test } from 'vitest';
import { TrainerEvents } from '../events.js';
import { TrainingJobs } from '../jobs/training-jobs.service.js';
import { Patience } from '../pipeline/patience.js';
import type { PipelineOutcome, PipelineRequest, TrainingPipeline } from '../pipeline/training-pipeline.js';
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

/** A trainer whose trainings end at once. @param registered requests that a version was stored for before a crash */
function aTrainer(registered: readonly string[] = []): {
  handle(...requests: readonly RetrainingRequested[]): Promise<void>;
  readonly trained: string[];
  readonly told: TrainingCompleted[];
} {
  const trained: string[] = [];
  const told: TrainingCompleted[] = [];
  const pipeline = {
    run: async ({ requestId }: PipelineRequest) => {
      trained.push(requestId);
      return OUTCOME;
    },
  } as unknown as TrainingPipeline;
  const announcer = {
    trainingCompleted: async (event: TrainingCompleted) => {
      told.push(event);
    },
  };
  const events = new TrainerEvents(silentLogger, new Registry());
  const patience = new Patience({ firstPauseMs: 0, lastPauseMs: 0, attempts: 3 });
  const jobs = new TrainingJobs(pipeline, MODEL, { announcer, events, clock: systemClock, patience });
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
  return { handle, trained, told };
}

test('of the requests that have gathered the newest is answered by a training, the others are told so', async () => {
  const { handle, trained, told } = aTrainer();

  await handle(aRequest('first'), aRequest('second'), aRequest('third'));

  expect(trained).toEqual(['third']);
  expect(told.map(({ request_id, outcome }) => [request_id, outcome])).toEqual([
    ['first', 'cancelled'],
    ['second', 'cancelled'],
    ['third', 'promoted'],
  ]);
  expect(told[0]?.message).toContain('third');
});

test('what a person asked for is always answered', async () => {
  const { handle, trained } = aTrainer();

  await handle(aRequest('by hand', { reason: 'manual' }), aRequest('by evidence'), aRequest('newest'));

  expect(trained).toEqual(['by hand', 'newest']);
});

test('a request whose version is stored already is brought to its end, although newer ones wait', async () => {
  const { handle, trained } = aTrainer(['cut off']);

  await handle(aRequest('cut off'), aRequest('newest'));

  expect(trained).toEqual(['cut off', 'newest']);
});

test('requests for other models are left alone', async () => {
  const { handle, trained, told } = aTrainer();

  await handle(aRequest('ours'), aRequest('theirs', { model_name: 'other' }));

  expect([trained, told.length]).toEqual([['ours'], 1]);
});
