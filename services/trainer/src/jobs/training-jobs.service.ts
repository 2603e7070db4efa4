import { randomUUID } from 'node:crypto';
import type { TrainingCompleted } from '@fraudflow/contracts';
import { asError, type Clock, invalidInput, notFound, resourceExhausted } from '@fraudflow/core';
import type { TrainerEvents } from '../events.js';
import type { PipelineOutcome, PipelineRequest, TrainingPipeline } from '../pipeline/training-pipeline.js';
import { hasEnded, overallProgress, type TrainingJob } from './training-job.js';

export interface TrainingRequest {
  readonly requestId?: string;
  readonly modelName: string;
  readonly reason: string;
  readonly dataUntilMs?: number;
}

/** Tells the world that a training has ended. */
export abstract class TrainingAnnouncer {
  abstract trainingCompleted(event: TrainingCompleted): Promise<void>;
}

const MAX_REMEMBERED = 200;
const MAX_QUEUED = 20;

interface Entry {
  job: TrainingJob;
  readonly abort: AbortController;
  readonly done: Promise<TrainingJob>;
}

/** Runs trainings one after another: a second one at the same time would only make both slower. */
export class TrainingJobs {
  private readonly entries = new Map<string, Entry>();
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly pipeline: TrainingPipeline,
    private readonly modelName: string,
    private readonly announcer: TrainingAnnouncer,
    private readonly events: TrainerEvents,
    private readonly clock: Clock,
  ) {}

  /**
   * Starts a training, or returns the one that runs or ran under the same request id.
   * @throws AppError invalid_input for another model; resource_exhausted if too many wait.
   */
  start(request: TrainingRequest): { readonly job: TrainingJob; readonly done: Promise<TrainingJob> } {
    if (request.modelName !== '' && request.modelName !== this.modelName) {
      throw invalidInput(`model_name: this trainer trains ${this.modelName}, not ${request.modelName}`, {
        field: 'model_name',
      });
    }
    const requestId = request.requestId ?? randomUUID();
    const existing = this.entries.get(requestId);
    if (existing !== undefined) return existing;
    const waiting = [...this.entries.values()].filter(({ job }) => !hasEnded(job)).length;
    if (waiting >= MAX_QUEUED) throw resourceExhausted(`${waiting} trainings are waiting already`);
    return this.enqueue(requestId, request);
  }

  /** Ends a request without a training, because a newer one asks for the same; tells so whoever waits for it. */
  async supersede(requestId: string, reason: string, newerRequestId: string): Promise<void> {
    if (this.entries.has(requestId)) return;
    const nowMs = this.clock.nowMs();
    const job: TrainingJob = {
      ...queuedJob(requestId, this.modelName, reason, nowMs),
      state: 'cancelled',
      message: `answered by the newer request ${newerRequestId}`,
      finishedAtMs: nowMs,
    };
    this.entries.set(requestId, { job, abort: new AbortController(), done: Promise.resolve(job) });
    this.forgetOldest();
    this.events.requestSuperseded(requestId, newerRequestId);
    await this.announce(requestId, 'cancelled');
  }

  get(requestId: string): TrainingJob {
    const entry = this.entries.get(requestId);
    if (entry === undefined) throw notFound(`no training has the request id ${requestId}`, { field: 'request_id' });
    return entry.job;
  }

  /** Newest first. */
  list(limit: number): readonly TrainingJob[] {
    return [...this.entries.values()]
      .map(({ job }) => job)
      .reverse()
      .slice(0, limit);
  }

  /** Asks a training to end; an ended one stays as it is. */
  cancel(requestId: string): TrainingJob {
    this.get(requestId);
    this.entries.get(requestId)?.abort.abort(new Error('cancelled'));
    return this.get(requestId);
  }

  async stop(): Promise<void> {
    for (const { abort } of this.entries.values()) abort.abort(new Error('the trainer stops'));
    await this.last;
  }

  private enqueue(requestId: string, request: TrainingRequest): Entry {
    const abort = new AbortController();
    const job = queuedJob(requestId, this.modelName, request.reason, this.clock.nowMs());
    const done = this.last.then(() => this.run(requestId, request, abort.signal));
    this.last = done;
    const entry: Entry = { job, abort, done };
    this.entries.set(requestId, entry);
    this.forgetOldest();
    return entry;
  }

  /** Never rejects: how it ended is in the job. */
  private async run(requestId: string, request: TrainingRequest, signal: AbortSignal): Promise<TrainingJob> {
    const pipelineRequest: PipelineRequest = { requestId, reason: request.reason, dataUntilMs: request.dataUntilMs };
    this.events.trainingStarted(requestId, request.reason);
    try {
      signal.throwIfAborted();
      const outcome = await this.pipeline.run(pipelineRequest, signal, (step, share) => {
        this.update(requestId, { state: step, progress: overallProgress(step, share), message: step });
      });
      this.update(requestId, succeeded(outcome, this.clock.nowMs()));
      await this.announce(requestId, outcome.promoted ? 'promoted' : 'rejected', outcome);
    } catch (thrown) {
      const error = asError(thrown);
      const state = signal.aborted ? 'cancelled' : 'failed';
      this.update(requestId, { state, message: error.message, finishedAtMs: this.clock.nowMs() });
      this.events.trainingFailed(requestId, state, error);
      // A retryable failure or a shutdown leaves the request to be taken up again, so nothing is announced.
      if (!signal.aborted) await this.announce(requestId, 'failed');
    }
    const job = this.get(requestId);
    this.events.trainingEnded(job);
    return job;
  }

  private async announce(
    requestId: string,
    ended: TrainingCompleted['outcome'],
    outcome?: PipelineOutcome,
  ): Promise<void> {
    const job = this.get(requestId);
    try {
      await this.announcer.trainingCompleted({
        request_id: requestId,
        model_name: this.modelName,
        outcome: ended,
        ...(outcome === undefined
          ? {}
          : {
              model_version: outcome.version.version,
              run_id: outcome.version.runId,
              data_digest: outcome.dataDigest,
              ...(outcome.previousVersion === undefined ? {} : { previous_version: outcome.previousVersion }),
            }),
        metrics: { ...job.metrics },
        gates: (outcome?.gates ?? []).map((gate) => ({
          ...gate,
          value: Number.isFinite(gate.value) ? gate.value : null,
          bound: Number.isFinite(gate.bound) ? gate.bound : null,
        })),
        message: job.message,
        completed_at: new Date(this.clock.nowMs()).toISOString(),
      });
    } catch (thrown) {
      this.events.announcementFailed(requestId, asError(thrown));
    }
  }

  private update(requestId: string, change: Partial<TrainingJob>): void {
    const entry = this.entries.get(requestId);
    if (entry !== undefined) entry.job = { ...entry.job, ...change };
  }

  private forgetOldest(): void {
    for (const [requestId, { job }] of this.entries) {
      if (this.entries.size <= MAX_REMEMBERED) return;
      if (hasEnded(job)) this.entries.delete(requestId);
    }
  }
}

function queuedJob(requestId: string, modelName: string, reason: string, nowMs: number): TrainingJob {
  return {
    requestId,
    modelName,
    reason,
    state: 'queued',
    progress: 0,
    message: 'waiting for its turn',
    startedAtMs: nowMs,
    metrics: {},
  };
}

function succeeded(outcome: PipelineOutcome, nowMs: number): Partial<TrainingJob> {
  return {
    state: outcome.promoted ? 'promoted' : 'rejected',
    progress: 1,
    message: outcome.message,
    runId: outcome.version.runId,
    version: outcome.version.version,
    metrics: outcome.metrics,
    finishedAtMs: nowMs,
  };
}
