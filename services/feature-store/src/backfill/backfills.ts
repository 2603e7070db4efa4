import { AppError, asError, delay } from '@fraudflow/core';
import { type FeatureServiceDefinition, featureServiceByName } from '@fraudflow/features';
import type { Backfill, BackfilledRow, BackfillStore } from './backfill-store.port.js';
import type { HistoryReplay } from '../offline/history/history-replay.js';
import type { HistoryTransaction } from '../offline/history/history.port.js';
import { Slots } from '../offline/history/slots.js';

export interface BackfillEvents {
  /** A backfill ended, as active or as failed. */
  backfillEnded(backfill: Backfill): void;
  /** An attempt failed; another one follows if the error is transient. */
  backfillInterrupted(id: string, error: Error): void;
}

interface Progress {
  rowsDone: number;
}

interface RunningPass {
  readonly service: FeatureServiceDefinition;
  readonly progress: Progress;
}

type Attempt = 'ended' | 'elsewhere' | ({ readonly error: Error } & Progress);

/** Rows per save; rows of one instant are never split. */
const SAVED_ROWS = 10_000;
/** Retry policy for transient errors. */
export interface BackfillRetryPolicy {
  /** Consecutive attempts without progress before the backfill fails. */
  readonly attempts: number;
  /** Backoff before the second attempt, ms; doubled for each further one. */
  readonly firstDelayMs: number;
  /** Upper bound of the backoff, and poll interval for a backfill that another worker runs, ms. */
  readonly longestDelayMs: number;
}

/** About six minutes without progress. */
const DEFAULT_RETRY_POLICY: BackfillRetryPolicy = { attempts: 12, firstDelayMs: 1_000, longestDelayMs: 60_000 };

/**
 * Upper bound of passes. While workers of the old version run, the stream adds rows without the feature; each pass
 * handles the rows added during the previous one.
 */
const MAX_PASSES = 20;

/**
 * Backfills features that stored rows lack, concurrently with the stream. The values are computed by the functions of
 * the stream, in arrival order. At the end, one write switches training sets to the new values. Values and watermark
 * are saved in one transaction, so a backfill resumes from the watermark after any failure: on this worker after a
 * transient error, or on another worker after this one died.
 */
export class Backfills {
  /** One backfill at a time per worker, because each uses four database connections. */
  private readonly slots = new Slots(1);
  private readonly running = new Map<string, { readonly done: Promise<void>; readonly abort: AbortController }>();

  constructor(
    private readonly store: BackfillStore,
    private readonly replay: HistoryReplay,
    private readonly events: BackfillEvents,
    private readonly retryPolicy: BackfillRetryPolicy = DEFAULT_RETRY_POLICY,
  ) {}

  /**
   * Starts a backfill of a feature service, or joins the running one.
   * @throws AppError failed_precondition `NOTHING_TO_BACKFILL`
   */
  async start(service: FeatureServiceDefinition): Promise<Backfill> {
    const backfill = await this.store.begin(service);
    this.run(backfill);
    return backfill;
  }

  get(id: string): Promise<Backfill> {
    return this.store.get(id);
  }

  list(): Promise<readonly Backfill[]> {
    return this.store.list();
  }

  /**
   * Cancels a running backfill and waits until this worker has stopped it.
   * @throws AppError not_found `BACKFILL_UNKNOWN`
   */
  async cancel(id: string): Promise<Backfill> {
    const backfill = await this.store.end(id, 'cancelled', '');
    this.running.get(id)?.abort.abort();
    await this.running.get(id)?.done;
    return backfill;
  }

  /** Resumes backfills that a dead worker left running. */
  async resume(): Promise<void> {
    for (const backfill of await this.store.list()) if (backfill.state === 'running') this.run(backfill);
  }

  /** Resolves when a backfill that this worker runs has ended or stopped. */
  async settled(id: string): Promise<void> {
    await this.running.get(id)?.done;
  }

  /** Stops running backfills at their watermark; `resume` continues them. */
  async stop(): Promise<void> {
    for (const { abort } of this.running.values()) abort.abort();
    await Promise.all([...this.running.values()].map(({ done }) => done));
  }

  private run(backfill: Backfill): void {
    if (this.running.has(backfill.id)) return;
    const abort = new AbortController();
    const done = this.runToEnd(backfill, abort.signal).finally(() => this.running.delete(backfill.id));
    this.running.set(backfill.id, { done, abort });
  }

  private async runToEnd(begun: Backfill, signal: AbortSignal): Promise<void> {
    const { attempts, firstDelayMs, longestDelayMs } = this.retryPolicy;
    let { rowsDone } = begun;
    let failures = 0;
    while (!signal.aborted) {
      const outcome = await this.attempt(begun.id, signal);
      if (outcome === 'ended' || signal.aborted) return;
      if (outcome === 'elsewhere') {
        await delay(longestDelayMs, signal);
        continue;
      }
      this.events.backfillInterrupted(begun.id, outcome.error);
      if (outcome.rowsDone > rowsDone) failures = 0;
      rowsDone = Math.max(rowsDone, outcome.rowsDone);
      failures++;
      if ((!isTransient(outcome.error) || failures >= attempts) && (await this.markedFailed(begun.id, outcome.error)))
        return;
      await delay(Math.min(longestDelayMs, firstDelayMs * 2 ** (failures - 1)), signal);
    }
  }

  /** One attempt, from the watermark on. `elsewhere`: another worker runs the backfill or has just taken it over. */
  private async attempt(id: string, signal: AbortSignal): Promise<Attempt> {
    let release: (() => Promise<void>) | undefined;
    let releaseSlot: (() => void) | undefined;
    const progress: Progress = { rowsDone: 0 };
    try {
      releaseSlot = await this.slots.acquire(signal);
      release = await this.store.claim(id);
      const backfill = await this.store.get(id);
      if (backfill.state !== 'running') return 'ended';
      if (release === undefined) return 'elsewhere';
      await this.fill(backfill, progress, signal);
      this.events.backfillEnded(await this.store.get(id));
      return 'ended';
    } catch (thrown) {
      // Cancelled or taken over; the next attempt reads which.
      if (thrown instanceof AppError && thrown.code === 'BACKFILL_MOVED') return 'elsewhere';
      return { error: asError(thrown), rowsDone: progress.rowsDone };
    } finally {
      releaseSlot?.();
      await release?.();
    }
  }

  /**
   * Ends a backfill as failed. False if the store cannot write that; the backfill is then retried, so that it survives
   * a database outage of any length.
   */
  private async markedFailed(id: string, { message }: Error): Promise<boolean> {
    try {
      this.events.backfillEnded(await this.store.end(id, 'failed', message));
      return true;
    } catch (thrown) {
      this.events.backfillInterrupted(id, asError(thrown));
      return false;
    }
  }

  private async fill(begun: Backfill, progress: Progress, signal: AbortSignal): Promise<void> {
    const service = featureServiceByName(begun.featureService);
    let backfill = begun;
    progress.rowsDone = begun.rowsDone;
    for (let pass = 0; pass < MAX_PASSES; pass++) {
      const before = backfill.rowsDone;
      backfill = await this.pass(await this.store.extend(backfill), { service, progress }, signal);
      if (backfill.rowsDone === before) break;
    }
    signal.throwIfAborted();
    await this.store.activate(backfill);
  }

  private async pass(begun: Backfill, { service, progress }: RunningPass, signal: AbortSignal): Promise<Backfill> {
    let backfill = begun;
    let rows: BackfilledRow[] = [];
    let newestMs = begun.watermarkMs;
    // Saves rows of one instant together, so that the watermark separates done rows from others exactly.
    let full: { readonly rows: BackfilledRow[]; readonly watermarkMs: number } | undefined;
    const visit = (transaction: HistoryTransaction, vector: Float64Array): void => {
      if (transaction.orderMs <= begun.watermarkMs) return;
      if (rows.length >= SAVED_ROWS && transaction.orderMs > newestMs) {
        full = { rows: [...(full?.rows ?? []), ...rows], watermarkMs: newestMs };
        rows = [];
      }
      newestMs = Math.max(newestMs, transaction.orderMs);
      rows.push({ place: transaction, values: vector.slice() });
    };
    const request = { ...begun, features: service.features, startMs: Math.max(begun.fromMs, begun.watermarkMs) };
    for await (const read of this.replay.visit(request, visit, signal)) {
      if (read === 0 || full === undefined) continue;
      backfill = await this.store.save(backfill, full.rows, full.watermarkMs);
      progress.rowsDone = backfill.rowsDone;
      full = undefined;
    }
    return rows.length === 0 ? backfill : this.store.save(backfill, rows, newestMs);
  }
}

function isTransient(error: Error): boolean {
  return !(error instanceof AppError) || error.retryable;
}
