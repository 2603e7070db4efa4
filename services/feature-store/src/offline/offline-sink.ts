import { type AppError, asError, delay, isRetryable } from '@fraudflow/core';
import { LoadBuffer } from './load-buffer.js';
import type { FeatureRow, LabelRow, OfflineStore, OffsetMove } from './offline-store.port.js';

export interface SinkEvents {
  rowsLoaded(features: number, labels: number, seconds: number): void;
  loadFailed(error: Error): void;
  partitionLost(error: AppError): void;
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

  /** Takes a batch's rows. Resolves at once, or when there is room again. */
  async accept(move: OffsetMove, features: readonly FeatureRow[], labels: readonly LabelRow[]): Promise<void> {
    while (this.buffer.rowCount >= 2 * this.options.maxRows && !this.stopped.signal.aborted) await this.flush();
    this.buffer.add(move, features, labels);
    if (this.buffer.rowCount >= this.options.maxRows) void this.flush();
  }

  /** Forgets what waits for a partition that went to another worker. */
  forget(topic: string, partition: number): void {
    this.buffer.forget(topic, partition);
  }

  /** Loads what waits; joins a load that is under way. Never rejects: it retries until it succeeds, or the sink stops. */
  flush(): Promise<void> {
    this.loading ??= this.loadWaiting().finally(() => (this.loading = undefined));
    return this.loading;
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
    // What came in while that load ran.
    await this.flush();
    this.stopped.abort();
  }

  private async loadWaiting(): Promise<void> {
    if (this.buffer.isEmpty) return;
    const load = this.buffer.take();
    const startedAt = process.hrtime.bigint();
    while (true) {
      try {
        await this.store.load(load);
        const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9;
        this.events.rowsLoaded(load.features.length, load.labels.length, seconds);
        return;
      } catch (thrown) {
        if ((thrown as AppError).code === 'OFFSET_MOVED') return this.events.partitionLost(thrown as AppError);
        this.events.loadFailed(asError(thrown));
        if (this.stopped.signal.aborted && !isRetryable(thrown)) return;
        await delay(RETRY_MS, this.stopped.signal);
        if (this.stopped.signal.aborted) return;
      }
    }
  }
}
