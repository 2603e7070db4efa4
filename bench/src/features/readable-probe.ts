import type { ValidatedTransaction } from '@fraudflow/contracts';
import { delay } from '@fraudflow/core';
import { OnlineFeatureReader } from '../load/online-feature-reader.js';

const POLL_INTERVAL_MS = 3;
/** Transactions of one read, the oldest ones. The bound keeps the load low if the system is far behind. */
const READ_LIMIT = 8;

/** Polls the online features of sampled transactions until both entities contain the transaction. */
export class ReadableProbe {
  /** When each transaction became readable, ms since the epoch: the end of the first call that returned it. */
  readonly readableAtMs = new Map<string, number>();
  private readonly reader: OnlineFeatureReader;
  private readonly ended = new AbortController();
  private waiting: readonly ValidatedTransaction[] = [];
  private running: Promise<void> | undefined;

  constructor(address: string) {
    this.reader = new OnlineFeatureReader(address);
  }

  watch(transaction: ValidatedTransaction): void {
    this.waiting = [...this.waiting, transaction];
  }

  start(): void {
    this.running ??= this.run();
    // stop() throws the failure; until then it is not unhandled.
    this.running.catch(() => undefined);
  }

  /**
   * Waits at most `patienceMs` for the watched transactions, then ends. @returns the number that did not become
   * readable. @throws AppError of a failed call
   */
  async stop(patienceMs = 0): Promise<number> {
    const until = performance.now() + patienceMs;
    while (this.waiting.length > 0 && performance.now() < until && !this.ended.signal.aborted)
      await delay(POLL_INTERVAL_MS);
    this.ended.abort();
    try {
      await this.running;
      return this.waiting.length;
    } finally {
      this.reader.close();
    }
  }

  private async run(): Promise<void> {
    while (!this.ended.signal.aborted) {
      if (this.waiting.length > 0) await this.tryToPoll();
      await delay(POLL_INTERVAL_MS, this.ended.signal);
    }
  }

  private async tryToPoll(): Promise<void> {
    try {
      await this.poll(this.waiting.slice(0, READ_LIMIT));
    } catch (thrown) {
      this.ended.abort();
      throw thrown;
    }
  }

  /** Does nothing if the feature store was unavailable; the next poll follows. */
  private async poll(polled: readonly ValidatedTransaction[]): Promise<void> {
    const read = await this.reader.read(polled);
    if (read === undefined) return;
    const nowMs = performance.timeOrigin + performance.now();
    const seen = new Set(polled.filter((_, i) => read.isReached[i]));
    for (const { transaction_id } of seen) this.readableAtMs.set(transaction_id, nowMs);
    this.waiting = this.waiting.filter((transaction) => !seen.has(transaction));
  }
}
