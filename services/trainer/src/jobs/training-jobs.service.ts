import { randomUUID } from 'node:crypto';
import type { TrainingCompleted } from '@fraudflow/contracts';
import { asError, type Clock, invalidInput, notFound, resourceExhausted, unavailable } from '@fraudflow/core';
import type { RetryPolicy } from '../steps/retry-policy.js';
import type { PipelineOutcome } from '../steps/apply-verdict.js';
import type { OnProgress, PipelineRequest } from '../steps/step.js';
import type { TrainingPipeline } from '../steps/training-pipeline.js';
import { hasEnded, overallProgress, type TrainingJob } from './training-job.js';
import type { TrainingEvents } from './training-events.port.js';

export interface TrainingRequest {
  readonly requestId?: string;
  readonly modelName: string;
  readonly reason: string;
  readonly dataUntilMs?: number;
}

/** Publishes the end of a training. */
export abstract class TrainingAnnouncer {
  abstract trainingCompleted(event: TrainingCompleted): Promise<void>;
}

const MAX_REMEMBERED = 200;
const MAX_QUEUED = 20;

/** Result of a training for its caller. */
export interface TrainingEnd {
  readonly job: TrainingJob;
  /** False if the trainer stops or the announcement failed: the request must be processed again. */
  readonly isAnnounced: boolean;
}

interface Entry {
  job: TrainingJob;
  /** True if a repeat of the request starts again: it failed or its end was not announced. */
  mayRepeat: boolean;
  readonly abort: AbortController;
  readonly done: Promise<TrainingEnd>;
}

/** Ports of {@link TrainingJobs}. */
export interface JobPorts {
  readonly announcer: TrainingAnnouncer;
  readonly events: TrainingEvents;
  readonly clock: Clock;
  /** Retries of announcements. */
  readonly retries: RetryPolicy;
}

/** Runs trainings one after another: a second one at the same time would only make both slower. */
export class TrainingJobs {
  private readonly entries = new Map<string, Entry>();
  private last: Promise<unknown> = Promise.resolve();
  private readonly stopping = new AbortController();

  constructor(
    private readonly pipeline: Pick<TrainingPipeline, 'run'>,
    private readonly modelName: string,
    private readonly ports: JobPorts,
  ) {}

  /**
   * Starts a training, or returns the queued, running or ended one with the same request id. One that failed or was
   * not announced is started again.
   * @throws AppError invalid_input for another model; resource_exhausted if too many wait.
   */
  start(request: TrainingRequest): { readonly job: TrainingJob; readonly done: Promise<TrainingEnd> } {
    if (request.modelName !== '' && request.modelName !== this.modelName) {
      throw invalidInput(`model_name: this trainer trains ${this.modelName}, not ${request.modelName}`, {
        field: 'model_name',
      });
    }
    const requestId = request.requestId ?? randomUUID();
    const existing = this.entries.get(requestId);
    if (existing !== undefined && !existing.mayRepeat) return existing;
    if (this.stopping.signal.aborted) throw unavailable('the trainer is stopping: retry later');
    const waiting = [...this.entries.values()].filter(({ job }) => !hasEnded(job)).length;
    if (waiting >= MAX_QUEUED) throw resourceExhausted(`${waiting} trainings are already waiting`);
    return this.enqueue(requestId, request);
  }

  /**
   * Ends a request without a training because a newer request replaces it, and announces it as cancelled.
   * @returns false if the announcement failed: the request must be processed again
   */
  async supersede(requestId: string, reason: string, newerRequestId: string): Promise<boolean> {
    if (this.entries.has(requestId)) return true;
    const nowMs = this.ports.clock.nowMs();
    const job: TrainingJob = {
      ...queuedJob(requestId, this.modelName, reason, nowMs),
      state: 'cancelled',
      message: `replaced by the newer request ${newerRequestId}`,
      finishedAtMs: nowMs,
    };
    if (!(await this.announce(job, 'cancelled'))) return false;
    this.entries.set(requestId, {
      job,
      mayRepeat: false,
      abort: new AbortController(),
      done: Promise.resolve({ job, isAnnounced: true }),
    });
    this.forgetOldest();
    this.ports.events.requestSuperseded(requestId, newerRequestId);
    return true;
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

  /** Cancels a queued or running training, which is then announced. Does nothing if it has ended. */
  cancel(requestId: string): TrainingJob {
    this.get(requestId);
    this.entries.get(requestId)?.abort.abort(new Error('cancelled on request'));
    return this.get(requestId);
  }

  /**
   * Aborts queued and running trainings without an announcement: requests from the topic are processed again after the
   * restart.
   */
  async stop(): Promise<void> {
    this.stopping.abort(new Error('the trainer is stopping'));
    for (const { abort } of this.entries.values()) abort.abort(this.stopping.signal.reason);
    await this.last;
  }

  private enqueue(requestId: string, request: TrainingRequest): Entry {
    const abort = new AbortController();
    const job = queuedJob(requestId, this.modelName, request.reason, this.ports.clock.nowMs());
    const done = this.last.then(() => this.run(requestId, request, abort.signal));
    this.last = done;
    const entry: Entry = { job, mayRepeat: false, abort, done };
    this.entries.set(requestId, entry);
    this.forgetOldest();
    return entry;
  }

  /** Never rejects: how it ended is in the job. */
  private async run(requestId: string, request: TrainingRequest, signal: AbortSignal): Promise<TrainingEnd> {
    const { events, clock } = this.ports;
    const pipelineRequest: PipelineRequest = { requestId, reason: request.reason, dataUntilMs: request.dataUntilMs };
    events.trainingStarted(requestId, request.reason);
    let isAnnounced: boolean;
    try {
      signal.throwIfAborted();
      const outcome = await this.pipeline.run(pipelineRequest, signal, (...step) => this.follow(requestId, ...step));
      this.update(requestId, succeeded(outcome, clock.nowMs()));
      isAnnounced = await this.announce(this.get(requestId), outcome.promoted ? 'promoted' : 'rejected', outcome);
    } catch (thrown) {
      const error = asError(thrown);
      const state = signal.aborted ? 'cancelled' : 'failed';
      this.update(requestId, { state, message: error.message, finishedAtMs: clock.nowMs() });
      events.trainingFailed(requestId, state, error);
      isAnnounced = !this.stopping.signal.aborted && (await this.announce(this.get(requestId), state));
    }
    const job = this.get(requestId);
    events.trainingEnded(job);
    const entry = this.entries.get(requestId);
    // A repeat finds the stored version, if there is one.
    if (entry) entry.mayRepeat = !isAnnounced || job.state === 'failed';
    return { job, isAnnounced };
  }

  private follow(requestId: string, ...[step, share, note]: Parameters<OnProgress>): void {
    if (note === undefined) {
      this.update(requestId, { state: step, progress: overallProgress(step, share), message: step });
      return;
    }
    this.update(requestId, { state: step, message: `${step}: ${note}` });
    this.ports.events.dependencyRetried(requestId, step, note);
  }

  /** @returns false if it failed or the trainer stops */
  private async announce(
    job: TrainingJob,
    ended: TrainingCompleted['outcome'],
    outcome?: PipelineOutcome,
  ): Promise<boolean> {
    const { announcer, clock, events, retries } = this.ports;
    const event = completed(job, ended, new Date(clock.nowMs()), outcome);
    try {
      await retries.run(
        () => announcer.trainingCompleted(event),
        this.stopping.signal,
        (error) => events.announcementFailed(job.requestId, error),
      );
      return true;
    } catch (thrown) {
      events.announcementFailed(job.requestId, asError(thrown));
      return false;
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

function completed(
  job: TrainingJob,
  ended: TrainingCompleted['outcome'],
  at: Date,
  outcome: PipelineOutcome | undefined,
): TrainingCompleted {
  return {
    request_id: job.requestId,
    model_name: job.modelName,
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
    completed_at: at.toISOString(),
  };
}
