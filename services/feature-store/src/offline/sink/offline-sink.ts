import { AppError, asError, delay } from '@fraudflow/core';
import { LoadBuffer, partitionKey } from './load-buffer.js';
import type { FeatureRow, LabelRow, OfflineLoad, OfflineStore, OffsetMove, SetAsideRow } from './offline-store.port.js';

/** Events of the sink, for metrics and logs. */
export interface SinkEvents {
  rowsLoaded(features: number, labels: number, seconds: number): void;
  loadFailed(error: Error): void;
  /** Rows that the store refuses permanently were set aside; the others were loaded. */
  rowsSetAside(rows: readonly SetAsideRow[]): void;
  /**
   * The stored offset is not the expected one, usually because another worker moved it; the buffered rows were dropped.
   */
  partitionLost(partition: string): void;
}

/** Flush interval and size of loads. */
export interface SinkOptions {
  readonly flushEveryMs: number;
  /** Rows at which a load starts; `accept` waits while twice as many are buffered. */
  readonly maxRows: number;
}

/**
 * Outcome of `accept`.
 * - `taken`: the rows are buffered.
 * - `moved`: the rows do not continue the stored or buffered ones; read the stored offset again.
 * - `full`: the signal aborted before the buffer had capacity.
 */
export type Acceptance = 'taken' | 'moved' | 'full';

const RETRY_MS = 500;

/**
 * Buffers rows of all partitions and loads them with their offsets, in one transaction every `flushEveryMs`. After a
 * crash, reading resumes at the stored offset, so each row is loaded exactly once.
 */
export class OfflineSink {
  private readonly buffer = new LoadBuffer();
  /** Partitions whose stored offset is not the expected one; their readers must restart there. */
  private readonly lost = new Set<string>();
  private loading: Promise<void> | undefined;
  private failure: Error | undefined;
  private readonly timer: NodeJS.Timeout;
  private readonly stopped = new AbortController();

  constructor(
    private readonly store: OfflineStore,
    private readonly options: SinkOptions,
    private readonly events: SinkEvents,
  ) {
    this.timer = setInterval(() => void this.flush(), options.flushEveryMs);
  }

  /** Error of the last load; undefined if it succeeded or if there was none. */
  get problem(): Error | undefined {
    return this.failure;
  }

  /**
   * Buffers the rows of a batch. Resolves immediately, or when the buffer has capacity again.
   * @param signal ends the wait for capacity
   * @returns `taken`; or `moved`: read again from the stored offset; or `full`: offer the batch again
   */
  async accept(
    move: OffsetMove,
    features: readonly FeatureRow[],
    labels: readonly LabelRow[],
    signal: AbortSignal = this.stopped.signal,
  ): Promise<Acceptance> {
    if (!(await this.waitForCapacity(signal))) return 'full';
    if (this.lost.delete(partitionKey(move))) return 'moved';
    if (!this.buffer.isContinuedBy(move)) {
      this.buffer.forget(move);
      return 'moved';
    }
    this.buffer.add(move, features, labels);
    if (this.buffer.rowCount >= this.options.maxRows) void this.flush();
    return 'taken';
  }

  /** Drops the buffered rows of a partition that was assigned to another worker. */
  forget(partition: { readonly topic: string; readonly partition: number }): void {
    this.buffer.forget(partition);
    this.lost.delete(partitionKey(partition));
  }

  /**
   * Loads the buffered rows, or joins the current load. Never rejects: it retries until it succeeds or the sink stops.
   * While it retries, `problem` holds the error.
   */
  flush(): Promise<void> {
    this.loading ??= this.loadWaiting().finally(() => (this.loading = undefined));
    return this.loading;
  }

  /**
   * Loads the buffered rows with a single attempt. If it fails, the next owner of the partitions reads the rows again.
   */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.stopped.abort();
    await this.flush();
    // Loads the rows accepted during the first flush.
    await this.flush();
  }

  /** Waits for capacity. The wait can be aborted, because a load can hang on a lock in Postgres. */
  private async waitForCapacity(signal: AbortSignal): Promise<boolean> {
    if (this.hasCapacity) return true;
    let leave = (): void => undefined;
    const aborted = new Promise<void>((resolve) => (leave = resolve));
    signal.addEventListener('abort', leave, { once: true });
    while (!this.hasCapacity && !signal.aborted && !this.stopped.signal.aborted) {
      await Promise.race([this.flush(), aborted]);
    }
    signal.removeEventListener('abort', leave);
    return this.hasCapacity;
  }

  private get hasCapacity(): boolean {
    return this.buffer.rowCount < 2 * this.options.maxRows;
  }

  private async loadWaiting(): Promise<void> {
    let load = this.buffer.take();
    while (load.length > 0) {
      const startedAt = process.hrtime.bigint();
      try {
        const setAside = await this.store.load(load);
        this.failure = undefined;
        return this.reportLoaded(load, setAside, Number(process.hrtime.bigint() - startedAt) / 1e9);
      } catch (thrown) {
        if (thrown instanceof AppError && thrown.code === 'OFFSET_MOVED') load = this.withoutLost(load, thrown);
        else {
          this.failure = asError(thrown);
          this.events.loadFailed(this.failure);
          if (this.stopped.signal.aborted) return;
          await delay(RETRY_MS, this.stopped.signal);
        }
      }
    }
  }

  private reportLoaded(load: OfflineLoad, setAside: readonly SetAsideRow[], seconds: number): void {
    const count = (table: SetAsideRow['table'], rows: 'features' | 'labels'): number =>
      load.reduce((sum, part) => sum + part[rows].length, 0) - setAside.filter((row) => row.table === table).length;
    if (setAside.length > 0) this.events.rowsSetAside(setAside);
    this.events.rowsLoaded(count('feature_rows', 'features'), count('labels', 'labels'), seconds);
  }

  /**
   * Removes a lost partition from the load and from the buffer. Rows buffered after the load began are dropped, too:
   * the reader restarts at the stored offset, which may be before them, and would add them a second time. The stored
   * offset was moved by another worker, or by this one if a load was committed and only its response was lost.
   */
  private withoutLost(load: OfflineLoad, error: AppError): OfflineLoad {
    const lost = { topic: String(error.details['topic']), partition: Number(error.details['partition']) };
    const key = partitionKey(lost);
    this.buffer.forget(lost);
    this.lost.add(key);
    this.events.partitionLost(key);
    return load.filter(({ move }) => partitionKey(move) !== key);
  }
}
