import type { KeyedRecord, Pacer, TopicWriter } from '@fraudflow/bench';
import { DAY_MS } from '@fraudflow/core';

// Enough to fill produce requests, few enough to bound memory: items of about 200 bytes each.
const ITEMS_PER_WRITE = 2_000;
const WRITES_IN_FLIGHT = 4;
/** Event time that one write spans, and that may pass since the oldest write in flight, ms. */
const WRITE_SPAN_MS = DAY_MS / 4;
const FLIGHT_SPAN_MS = DAY_MS;

/** What is sent, and how. */
export interface Sending<Item> {
  recordsOf(item: Item): readonly KeyedRecord[];
  /** Event time, ms. */
  timeOf(item: Item): number;
}

/** A write in flight. */
interface Flight {
  readonly done: Promise<void>;
  /** Event time of its first item, ms. */
  readonly fromMs: number;
}

/**
 * Sends items in order at a limited rate, with a bounded number of writes and a bounded event time in flight: a broker
 * may append one partition of a write much later than another, and the system tolerates transactions of one terminal
 * only days out of order. The next call throws the first failure.
 */
export class PacedSender {
  private readonly running: Flight[] = [];

  constructor(
    private readonly writer: Pick<TopicWriter, 'write'>,
    private readonly pacer: Pacer,
    private readonly signal?: AbortSignal,
  ) {}

  /**
   * Yields each piece when it is in flight. Waits while too many are in flight, which slows down the source of the
   * items. Stops when the signal aborts.
   */
  async *send<Item>(items: readonly Item[], sending: Sending<Item>): AsyncGenerator<readonly Item[]> {
    for (let at = 0; at < items.length && !this.signal?.aborted;) {
      const fromMs = timeAt(items, at, sending);
      await this.acknowledgedUntil(fromMs - FLIGHT_SPAN_MS);
      const wanted = spanEnd(items, at, sending) - at;
      const piece = items.slice(at, at + (await this.pacer.take(wanted)));
      await this.add({ done: this.writer.write(piece.flatMap((item) => sending.recordsOf(item))), fromMs });
      at += piece.length;
      yield piece;
    }
  }

  /** Resolves when all is acknowledged. */
  async settle(): Promise<void> {
    while (this.running.length > 0) await this.running.shift()?.done;
  }

  private async acknowledgedUntil(timeMs: number): Promise<void> {
    while (this.running.some(({ fromMs }) => fromMs < timeMs)) await this.running.shift()?.done;
  }

  private async add(flight: Flight): Promise<void> {
    // The failure is thrown later; until then it is not unhandled.
    flight.done.catch(() => undefined);
    this.running.push(flight);
    if (this.running.length >= WRITES_IN_FLIGHT) await this.running.shift()?.done;
  }
}

function timeAt<Item>(items: readonly Item[], at: number, { timeOf }: Sending<Item>): number {
  return timeOf(items[at] as Item);
}

/** End of the piece that begins at this index, excluded. */
function spanEnd<Item>(items: readonly Item[], from: number, sending: Sending<Item>): number {
  const limitMs = timeAt(items, from, sending) + WRITE_SPAN_MS;
  const most = Math.min(items.length, from + ITEMS_PER_WRITE);
  for (let at = from + 1; at < most; at++) if (timeAt(items, at, sending) > limitMs) return at;
  return most;
}
