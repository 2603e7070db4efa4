import { Counter, Gauge, Histogram, type Logger, type Registry } from '@fraudflow/observability';
import type { TrainingEvents } from './jobs/training-events.port.js';
import type { TrainingJob } from './jobs/training-job.js';

/** Turns each business event of the trainer into a metric and a log line. */
export class TrainerEvents implements TrainingEvents {
  private readonly ended: Counter<'outcome'>;
  private readonly seconds: Histogram;
  private readonly metric: Gauge<'metric'>;

  constructor(
    private readonly logger: Logger,
    registry: Registry,
  ) {
    const registers = [registry];
    this.ended = new Counter({
      name: 'trainer_trainings_total',
      help: 'Trainings that ended, by outcome.',
      labelNames: ['outcome'],
      registers,
    });
    this.seconds = new Histogram({
      name: 'trainer_training_duration_seconds',
      help: 'Time from the receipt of a request to the end of its training.',
      buckets: [1, 2, 5, 10, 20, 60, 120, 300, 900, 3600],
      registers,
    });
    this.metric = new Gauge({
      name: 'trainer_last_evaluation_ratio',
      help: 'Metrics of the newest model on its test days.',
      labelNames: ['metric'],
      registers,
    });
  }

  trainingStarted(requestId: string, reason: string): void {
    this.logger.info({ event: 'training_started', requestId, reason });
  }

  /** @param note which call is retried and why */
  dependencyRetried(requestId: string, step: string, note: string): void {
    this.logger.warn({ event: 'training_dependency_retry', requestId, step, note });
  }

  trainingFailed(requestId: string, state: string, error: Error): void {
    this.logger.error({ event: 'training_failed', requestId, state, err: error });
  }

  trainingEnded(job: TrainingJob): void {
    this.ended.inc({ outcome: job.state });
    this.seconds.observe(((job.finishedAtMs ?? job.startedAtMs) - job.startedAtMs) / 1_000);
    for (const [metric, value] of Object.entries(job.metrics)) this.metric.set({ metric }, value);
    this.logger.info({ event: 'training_ended', job });
  }

  requestSuperseded(requestId: string, newerRequestId: string): void {
    this.logger.info({ event: 'retraining_superseded', requestId, newerRequestId });
  }

  announcementFailed(requestId: string, error: Error): void {
    this.logger.error({ event: 'training_announcement_failed', requestId, err: error });
  }
}
