import type { TrainingJob } from './training-job.js';

/** Business events of trainings, which the service turns into metrics and log lines. */
export abstract class TrainingEvents {
  abstract trainingStarted(requestId: string, reason: string): void;
  /** @param note which call is retried, and why */
  abstract dependencyRetried(requestId: string, step: string, note: string): void;
  abstract trainingFailed(requestId: string, state: string, error: Error): void;
  abstract trainingEnded(job: TrainingJob): void;
  /** A request that was dropped because of a newer one for the same model. */
  abstract requestSuperseded(requestId: string, newerRequestId: string): void;
  abstract announcementFailed(requestId: string, error: Error): void;
}
