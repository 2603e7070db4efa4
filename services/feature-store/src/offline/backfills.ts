import { AppError, asError } from '@fraudflow/core';
import { type FeatureServiceDefinition, featureServiceByName } from '@fraudflow/features';
import type { Backfill, BackfilledRow, BackfillStore } from './backfill-store.port.js';
import type { HistoryReplay } from './history-replay.js';
import type { HistoryTransaction } from './history.port.js';

export interface BackfillEvents {
  backfillEnded(backfill: Backfill): void;
  backfillFailed(id: string, error: Error): void;
}

const SAVED_ROWS = 10_000;
/** The stream may add rows without the feature while workers of the old version run; each pass takes what came during the last one. */
const MAX_PASSES = 20;

/**
 * Computes features that stored rows lack, by the functions of the stream and in the order things came in, while the stream goes on; then
 * switches training sets over in one write. It can be killed at any line: values and watermark move together, and whoever starts next goes
 * on from the watermark.
 */
export class Backfills {
  private readonly running = new Map<string, { readonly done: Promise<void>; readonly abort: AbortController }>();

  constructor(
    private readonly store: BackfillStore,
    private readonly replay: HistoryReplay,
    private readonly events: BackfillEvents,
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
    const done = this.runAlone(backfill, abort.signal).finally(() => this.running.delete(backfill.id));
    this.running.set(backfill.id, { done, abort });
  }

  private async runAlone({ id }: Backfill, signal: AbortSignal): Promise<void> {
    let release: (() => Promise<void>) | undefined;
    try {
      release = await this.store.claim(id);
      if (release === undefined) return;
      await this.fill(await this.store.get(id), signal);
      this.events.backfillEnded(await this.store.get(id));
    } catch (thrown) {
      // Stopped, cancelled, or taken over: nothing is wrong with it.
      if (signal.aborted || (thrown instanceof AppError && thrown.code === 'BACKFILL_MOVED')) return;
      this.events.backfillFailed(id, asError(thrown));
      // What may pass is left running: the next start goes on. The rest would fail again.
      const mayPass = !(thrown instanceof AppError) || thrown.retryable;
      if (!mayPass) await this.store.end(id, 'failed', asError(thrown).message).catch(() => undefined);
    } finally {
      await release?.();
    }
  }

  private async fill(begun: Backfill, signal: AbortSignal): Promise<void> {
    const service = featureServiceByName(begun.featureService);
    let backfill = begun;
    for (let pass = 0; pass < MAX_PASSES; pass++) {
      const before = backfill.rowsDone;
      backfill = await this.pass(await this.store.extend(backfill), service, signal);
      if (backfill.rowsDone === before) break;
    }
    signal.throwIfAborted();
    await this.store.activate(backfill);
  }

  private async pass(begun: Backfill, service: FeatureServiceDefinition, signal: AbortSignal): Promise<Backfill> {
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
      full = undefined;
    }
    return rows.length === 0 ? backfill : this.store.save(backfill, rows, newestMs);
  }
}
