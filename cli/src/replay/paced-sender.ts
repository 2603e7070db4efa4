import type { Pacer } from './pacer.js';
import type { KeyedRecord, TopicWriter } from './topic-writer.js';

// Enough to fill produce requests, few enough to bound memory: items of about 200 bytes each.
const ITEMS_PER_WRITE = 2_000;
const WRITES_IN_FLIGHT = 4;

/**
 * Sends items in order, held to a rate, a bounded number of writes ahead of the broker. The first failure comes out of
 * the next call.
 */
export class PacedSender {
  private readonly running: Promise<void>[] = [];

  constructor(
    private readonly writer: Pick<TopicWriter, 'write'>,
    private readonly pacer: Pacer,
    private readonly signal?: AbortSignal,
  ) {}

  /**
   * Yields each piece when it is on its way; waits for the broker while too much is, and so holds back the source that
   * makes the items. Stops when the signal aborts.
   */
  async *send<Item>(
    items: readonly Item[],
    recordsOf: (item: Item) => readonly KeyedRecord[],
  ): AsyncGenerator<readonly Item[]> {
    for (let at = 0; at < items.length && !this.signal?.aborted;) {
      const piece = items.slice(at, at + (await this.pacer.take(Math.min(ITEMS_PER_WRITE, items.length - at))));
      await this.add(this.writer.write(piece.flatMap(recordsOf)));
      at += piece.length;
      yield piece;
    }
  }

  /** Resolves when all is acknowledged. */
  async settle(): Promise<void> {
    while (this.running.length > 0) await this.running.shift();
  }

  private async add(write: Promise<void>): Promise<void> {
    // A failure is awaited later; without a handler until then Node would end the process.
    write.catch(() => undefined);
    this.running.push(write);
    if (this.running.length >= WRITES_IN_FLIGHT) await this.running.shift();
  }
}
