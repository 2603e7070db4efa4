import type { HistoryEvent, HistoryLabel, HistoryTransaction } from './history.port.js';

/**
 * Merges two streams so that each label follows the transactions of its own transaction's instant. Holds one batch of
 * each stream. Both streams are closed when the reader stops.
 * @param labels by event time
 */
export async function* mergeEvents(
  transactions: AsyncIterable<readonly HistoryTransaction[]>,
  labels: AsyncIterable<readonly HistoryLabel[]>,
): AsyncGenerator<readonly HistoryEvent[]> {
  const queue = new LabelQueue(labels[Symbol.asyncIterator]());
  try {
    for await (const batch of transactions) {
      const merged: HistoryEvent[] = [];
      for (const transaction of batch) {
        while (!queue.takeBefore(transaction.occurredAtMs, merged)) await queue.fill();
        merged.push(transaction);
      }
      yield merged;
    }
    const rest: HistoryEvent[] = [];
    while (!queue.takeBefore(Number.POSITIVE_INFINITY, rest)) {
      if (rest.length > 0) yield rest.splice(0);
      await queue.fill();
    }
    if (rest.length > 0) yield rest;
  } finally {
    await queue.close();
  }
}

class LabelQueue {
  private waiting: readonly HistoryLabel[] = [];
  private at = 0;
  private hasMore = true;

  constructor(private readonly source: AsyncIterator<readonly HistoryLabel[]>) {}

  /**
   * Moves labels of earlier transactions into `out`.
   * @returns false if more may follow: call `fill`, then call again
   */
  takeBefore(timeMs: number, out: HistoryEvent[]): boolean {
    while (this.at < this.waiting.length) {
      const label = this.waiting[this.at] as HistoryLabel;
      if (label.occurredAtMs >= timeMs) return true;
      out.push(label);
      this.at++;
    }
    return !this.hasMore;
  }

  async fill(): Promise<void> {
    const next = await this.source.next();
    this.hasMore = next.done !== true;
    this.waiting = next.done === true ? [] : next.value;
    this.at = 0;
  }

  async close(): Promise<void> {
    await this.source.return?.(undefined);
  }
}
