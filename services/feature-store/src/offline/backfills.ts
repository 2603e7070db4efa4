import { AppError, asError, delay } from '@fraudflow/core';
import { type FeatureServiceDefinition, featureServiceByName } from '@fraudflow/features';
import type { Backfill, BackfilledRow, BackfillStore } from './backfill-store.port.js';
import type { HistoryReplay } from './history-replay.js';
import type { HistoryTransaction } from './history.port.js';
import { Slots } from './slots.js';

export interface BackfillEvents {
  /** As active or as failed. */
  backfillEnded(backfill: Backfill): void;
  /** An attempt failed; another one follows if it may help. */
  backfillInterrupted(id: string, error: Error): void;
}

interface Progress {
  rowsDone: number;
}

interface Filling {
  readonly service: FeatureServiceDefinition;
  readonly progress: Progress;
}

type Attempt = 'ended' | 'elsewhere' | ({ readonly error: Error } & Progress);

const SAVED_ROWS = 10_000;
/** How long a backfill that meets an error that may pass is tried again. */
export interface BackfillPatience {
  /** Attempts in a row that do not a row; after the last one it has failed. */
  readonly attempts: number;
  /** Before the second attempt, ms; twice as long before each further one. */
  readonly firstDelayMs: number;
  /** The longest delay, also between looks at a backfill that another worker runs, ms. */
  readonly longestDelayMs: number;
}

/** Six minutes without a row done. */
const PATIENCE: BackfillPatience = { attempts: 12, firstDelayMs: 1_000, longestDelayMs: 60_000 };

/** The stream may add rows without the feature while workers of the old version run; each pass takes what came during the last one. */
const MAX_PASSES = 20;

/**
 * Computes features that stored rows lack, by the functions of the stream and in the order things came in, while the stream goes on; then
 * switches training sets over in one write. It can be killed at any line: values and watermark move together, and whoever comes next goes
 * on from the watermark: this worker after an error that may pass, another one once this one is gone.
 */
export class Backfills {
  /** One at a time per worker: each holds four database connections. */
  private readonly slots = new Slots(1);
  private readonly running = new Map<string, { readonly done: Promise<void>; readonly abort: AbortController }>();

  constructor(
    private readonly store: BackfillStore,
    private readonly replay: HistoryReplay,
    private readonly events: BackfillEvents,
    private readonly patience: BackfillPatience = PATIENCE,
  ) {}

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

  async cancel(id: string): Promise<Backfill> {
    const backfill = await this.store.end(id, 'cancelled', '');
    this.running.get(id)?.abort.abort();
    await this.running.get(id)?.done;
    return backfill;
  }

  /** Goes on with what a dead worker left. */
  async resume(): Promise<void> {
    for (const backfill of await this.store.list()) if (backfill.state === 'running') this.run(backfill);
  }

  /** Resolves when a backfill this worker runs has ended or stopped. */
  async settled(id: string): Promise<void> {
    await this.running.get(id)?.done;
  }

  /** Leaves running backfills where they are; another start goes on. */
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
    const { attempts, firstDelayMs, longestDelayMs } = this.patience;
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
      if ((!mayPass(outcome.error) || failures >= attempts) && (await this.hasGivenUp(begun.id, outcome.error))) return;
      await delay(Math.min(longestDelayMs, firstDelayMs * 2 ** (failures - 1)), signal);
    }
  }

  /** One attempt, from the watermark on. `elsewhere`: another worker runs it, or has just taken it over. */
  private async attempt(id: string, signal: AbortSignal): Promise<Attempt> {
    let release: (() => Promise<void>) | undefined;
    let giveBack: (() => void) | undefined;
    const progress: Progress = { rowsDone: 0 };
    try {
      giveBack = await this.slots.acquire(signal);
      release = await this.store.claim(id);
      const backfill = await this.store.get(id);
      if (backfill.state !== 'running') return 'ended';
      if (release === undefined) return 'elsewhere';
      await this.fill(backfill, progress, signal);
      this.events.backfillEnded(await this.store.get(id));
      return 'ended';
    } catch (thrown) {
      // Cancelled or taken over: the next look says which.
      if (thrown instanceof AppError && thrown.code === 'BACKFILL_MOVED') return 'elsewhere';
      return { error: asError(thrown), rowsDone: progress.rowsDone };
    } finally {
      giveBack?.();
      await release?.();
    }
  }

  /** Ends it as failed. False if not even that can be written: then it is not given up, so that it outlives any absence of the database. */
  private async hasGivenUp(id: string, { message }: Error): Promise<boolean> {
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

  private async pass(begun: Backfill, { service, progress }: Filling, signal: AbortSignal): Promise<Backfill> {
    let backfill = begun;
    let rows: BackfilledRow[] = [];
    let newestMs = begun.watermarkMs;
    // Rows of one instant are saved together, so the watermark says exactly which are done.
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

function mayPass(error: Error): boolean {
  return !(error instanceof AppError) || error.retryable;
}
