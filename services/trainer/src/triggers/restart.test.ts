import { EventEmitter, once } from 'node:events';
import { ALL_TOPICS, retrainingRequestedTopic, type TrainingCompleted } from '@fraudflow/contracts';
import { systemClock } from '@fraudflow/core';
import { ConsumerRuntime, ensureTopics, EventProducer, MemoryBus, subscribe } from '@fraudflow/messaging';
import { Registry, silentLogger } from '@fraudflow/observability';
import { expect, test } from 'vitest';
import { TrainerEvents } from '../events.js';
import { TrainingJobs } from '../jobs/training-jobs.service.js';
import { RetryPolicy } from '../steps/retry-policy.js';
import type { PipelineOutcome } from '../steps/apply-verdict.js';
import type { TrainingPipeline } from '../steps/training-pipeline.js';
import { RetrainingRequestedConsumer } from './retraining-requested.consumer.js';

const OUTCOME: PipelineOutcome = {
  promoted: true,
  version: { version: '2', runId: 'run' },
  previousVersion: '1',
  dataDigest: 'digest',
  metrics: {},
  gates: [],
  message: 'all gates passed',
};

/** Consumer and jobs of one trainer process on a shared log. */
function aTrainer(bus: MemoryBus, run: TrainingPipeline['run'], onAnnounced: (event: TrainingCompleted) => void) {
  const announcer = {
    trainingCompleted: async (event: TrainingCompleted) => onAnnounced(event),
  };
  const events = new TrainerEvents(silentLogger, new Registry());
  const retries = new RetryPolicy({ firstBackoffMs: 0, lastBackoffMs: 0, attempts: 1 });
  const jobs = new TrainingJobs({ run }, 'fraud', { announcer, events, clock: systemClock, retries });
  const retraining = new RetrainingRequestedConsumer(jobs, 'fraud', { findByRequest: async () => undefined });
  const consumer = new ConsumerRuntime({
    bus,
    producer: bus.producer(),
    logger: silentLogger,
    groupId: 'trainer',
    subscriptions: [subscribe(retrainingRequestedTopic, (records, batch) => retraining.handle(records, batch))],
  });
  return { jobs, consumer };
}

test('a request whose training is interrupted by a restart is trained by the next process, once', async () => {
  const bus = new MemoryBus();
  await ensureTopics(bus.admin, ALL_TOPICS, { partitions: 1, replicationFactor: 1 });
  await new EventProducer(bus).send(retrainingRequestedTopic, [
    {
      value: {
        request_id: 'r1',
        model_name: 'fraud',
        model_version: '1',
        reason: 'drift',
        requested_by: 'drift-monitor',
        requested_at: '2026-05-01T00:00:00.000Z',
        evidence: {},
      },
      eventId: 'r1',
      occurredAt: '2026-05-01T00:00:00.000Z',
    },
  ]);
  const announced: TrainingCompleted[] = [];
  const moments = new EventEmitter();
  const started = once(moments, 'started');
  const first = aTrainer(
    bus,
    (_request, signal) => {
      moments.emit('started');
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    },
    (event) => announced.push(event),
  );
  await first.consumer.start();
  await started;

  await first.consumer.stop();
  await first.jobs.stop();
  expect(announced).toEqual([]);
  const trained: string[] = [];
  const second = aTrainer(
    bus,
    async ({ requestId }) => {
      trained.push(requestId);
      return OUTCOME;
    },
    (event) => {
      announced.push(event);
      moments.emit('announced');
    },
  );
  const completed = once(moments, 'announced');
  await second.consumer.start();

  await completed;
  await second.consumer.stop();
  await second.jobs.stop();
  expect(trained).toEqual(['r1']);
  expect(announced).toMatchObject([{ request_id: 'r1', outcome: 'promoted' }]);
});
