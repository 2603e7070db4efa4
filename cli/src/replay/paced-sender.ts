import type { KeyedRecord, Pacer, TopicWriter } from '@fraudflow/bench';

// Enough to fill produce requests, few enough to bound memory: items of about 200 bytes each.
const ITEMS_PER_WRITE = 2_000;
const WRITES_IN_FLIGHT = 4;

/**
 * Sends items in order at a limited rate, with a bounded number of writes in flight. The next call throws the first
 * failure.
 */
export class PacedSender {
  private readonly running: Promise<void>[] = [];

  constructor(
    private readonly writer: Pick<TopicWriter, 'write'>,
    private readonly pacer: Pacer,
    private readonly signal?: AbortSignal,
  ) {}

  /**
   * Yields each piece when it is in flight. Waits while too many are in flight, which slows down the source of the
   * items. Stops when the signal aborts.
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
    // The failure is thrown later; until then it is not unhandled.
    write.catch(() => undefined);
    this.running.push(write);
    if (this.running.length >= WRITES_IN_FLIGHT) await this.running.shift();
  }
}
