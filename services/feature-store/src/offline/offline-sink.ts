import { AppError, asError, delay } from '@fraudflow/core';
import { LoadBuffer, partitionKey } from './load-buffer.js';
import type { FeatureRow, LabelRow, OfflineLoad, OfflineStore, OffsetMove, SetAsideRow } from './offline-store.port.js';

export interface SinkEvents {
  rowsLoaded(features: number, labels: number, seconds: number): void;
  loadFailed(error: Error): void;
  /** Rows the store can never take were put aside instead; the others were loaded. */
  rowsSetAside(rows: readonly SetAsideRow[]): void;
  /** The stored offset has moved without our knowing, mostly by another worker: our rows of the partition were dropped. */
  partitionLost(partition: string): void;
}

export interface SinkOptions {
  readonly flushEveryMs: number;
  /** Rows written at once; `accept` waits while twice as many are buffered. */
  readonly maxRows: number;
}

/** - `moved`: the partition's stored offset is not where our rows begin; - `full`: the caller gave up waiting for room. */
export type Acceptance = 'taken' | 'moved' | 'full';

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

  /** Why the last attempt to load failed; undefined if it did not, or nothing was to be loaded. */
  get problem(): Error | undefined {
    return this.failure;
  }

  /**
   * Takes a batch's rows. Resolves at once, or when there is room again.
   * @param signal ends the waiting for room
   * @returns `taken`, or why nothing was: then read on from the stored offset, or give the batch again.
   */
  async accept(
    move: OffsetMove,
    features: readonly FeatureRow[],
    labels: readonly LabelRow[],
    signal: AbortSignal = this.stopped.signal,
  ): Promise<Acceptance> {
    if (!(await this.waitForRoom(signal))) return 'full';
    if (this.lost.delete(partitionKey(move))) return 'moved';
    if (!this.buffer.isContinuedBy(move)) {
      this.buffer.forget(move);
      return 'moved';
    }
    this.buffer.add(move, features, labels);
    if (this.buffer.rowCount >= this.options.maxRows) void this.flush();
    return 'taken';
  }

  /** Forgets what waits for a partition that went to another worker. */
  forget(partition: { readonly topic: string; readonly partition: number }): void {
    this.buffer.forget(partition);
    this.lost.delete(partitionKey(partition));
  }

  /** Loads what waits; joins a load that is under way. Never rejects: it retries until it succeeds, or the sink stops. `problem` says why it has to. */
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

  /** A load may hang for as long as somebody holds a lock in Postgres: who waits for room must be able to leave. */
  private async waitForRoom(signal: AbortSignal): Promise<boolean> {
    if (this.hasRoom) return true;
    let leave = (): void => undefined;
    const aborted = new Promise<void>((resolve) => (leave = resolve));
    signal.addEventListener('abort', leave, { once: true });
    while (!this.hasRoom && !signal.aborted && !this.stopped.signal.aborted) {
      await Promise.race([this.flush(), aborted]);
    }
    signal.removeEventListener('abort', leave);
    return this.hasRoom;
  }

  private get hasRoom(): boolean {
    return this.buffer.rowCount < 2 * this.options.maxRows;
  }

  private async loadWaiting(): Promise<void> {
    let load = this.buffer.take();
    while (load.length > 0) {
      const startedAt = process.hrtime.bigint();
      try {
        const setAside = await this.store.load(load);
        this.failure = undefined;
        return this.tellLoaded(load, setAside, Number(process.hrtime.bigint() - startedAt) / 1e9);
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

  private tellLoaded(load: OfflineLoad, setAside: readonly SetAsideRow[], seconds: number): void {
    const count = (table: SetAsideRow['table'], rows: 'features' | 'labels'): number =>
      load.reduce((sum, part) => sum + part[rows].length, 0) - setAside.filter((row) => row.table === table).length;
    if (setAside.length > 0) this.events.rowsSetAside(setAside);
    this.events.rowsLoaded(count('feature_rows', 'features'), count('labels', 'labels'), seconds);
  }

  /**
   * Also what came in behind the lost rows goes: the reader begins again at the stored offset, which may lie before it (another worker's
   * place, or ours if a load was committed and only its answer was lost), and would bring it a second time.
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
