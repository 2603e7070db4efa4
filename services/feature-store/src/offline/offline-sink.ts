import { AppError, asError, delay } from '@fraudflow/core';
import { LoadBuffer, partitionKey } from './load-buffer.js';
import type { FeatureRow, LabelRow, OfflineLoad, OfflineStore, OffsetMove } from './offline-store.port.js';

export interface SinkEvents {
  rowsLoaded(features: number, labels: number, seconds: number): void;
  loadFailed(error: Error): void;
  /** Another worker has written the partition: our rows of it were dropped. */
  partitionLost(partition: string): void;
}

export interface SinkOptions {
  readonly flushEveryMs: number;
  /** Rows written at once; `accept` waits while twice as many are buffered. */
  readonly maxRows: number;
}

const RETRY_MS = 500;

/**
 * Gathers rows of all partitions and loads them together with their offsets, in one transaction every `flushEveryMs`. What was
 * not loaded when the process dies is read again from the stored offset; what was loaded is not.
 */
export class OfflineSink {
  private readonly buffer = new LoadBuffer();
  /** Partitions whose stored offset is not where we thought: the reader must begin again there. */
  private readonly lost = new Set<string>();
  private loading: Promise<void> | undefined;
  private readonly timer: NodeJS.Timeout;
  private readonly stopped = new AbortController();

  constructor(
    private readonly store: OfflineStore,
    private readonly options: SinkOptions,
    private readonly events: SinkEvents,
  ) {
    this.timer = setInterval(() => void this.flush(), options.flushEveryMs);
  }

  /**
   * Takes a batch's rows. Resolves at once, or when there is room again.
   * @returns false if the partition's stored offset was moved by another worker: nothing was taken, read on from the stored one.
   */
  async accept(move: OffsetMove, features: readonly FeatureRow[], labels: readonly LabelRow[]): Promise<boolean> {
    while (this.buffer.rowCount >= 2 * this.options.maxRows && !this.stopped.signal.aborted) await this.flush();
    if (this.lost.delete(partitionKey(move))) return false;
    this.buffer.add(move, features, labels);
    if (this.buffer.rowCount >= this.options.maxRows) void this.flush();
    return true;
  }

  /** Forgets what waits for a partition that went to another worker. */
  forget(partition: { readonly topic: string; readonly partition: number }): void {
    this.buffer.forget(partition);
    this.lost.delete(partitionKey(partition));
  }

  /** Loads what waits; joins a load that is under way. Never rejects: it retries until it succeeds, or the sink stops. */
  flush(): Promise<void> {
    this.loading ??= this.loadWaiting().finally(() => (this.loading = undefined));
    return this.loading;
  }

  /** Loads what waits, once; what then still fails is read again by the next owner. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.stopped.abort();
    await this.flush();
    // What came in while that load ran.
    await this.flush();
  }

  private async loadWaiting(): Promise<void> {
    let load = this.buffer.take();
    while (load.length > 0) {
      const startedAt = process.hrtime.bigint();
      try {
        await this.store.load(load);
        return this.events.rowsLoaded(
          load.reduce((sum, part) => sum + part.features.length, 0),
          load.reduce((sum, part) => sum + part.labels.length, 0),
          Number(process.hrtime.bigint() - startedAt) / 1e9,
        );
      } catch (thrown) {
        if (thrown instanceof AppError && thrown.code === 'OFFSET_MOVED') load = this.withoutLost(load, thrown);
        else {
          this.events.loadFailed(asError(thrown));
          if (this.stopped.signal.aborted) return;
          await delay(RETRY_MS, this.stopped.signal);
        }
      }
    }
  }

  private withoutLost(load: OfflineLoad, error: AppError): OfflineLoad {
    const key = `${String(error.details['topic'])}:${String(error.details['partition'])}`;
    this.lost.add(key);
    this.events.partitionLost(key);
    return load.filter(({ move }) => partitionKey(move) !== key);
  }
}
