import { delay } from '@fraudflow/core';
import { Pacer, realPacerTime } from './pacer.js';
import type { TopicWriter } from './topic-writer.js';
import type { TrafficItem, TrafficSource } from './traffic-source.js';

export interface LiveFeedHooks {
  /** Called before the items are sent. */
  transactionsAhead(items: readonly TrafficItem[]): void;
  /** Number of records in flight in the stream; the feed pauses above its bound. */
  backlog(): number;
}

const TICK_ITEMS = 200;
/** Items due within this time are one request, ms: the default linger.ms of Kafka producers since 4.0. */
const TICK_MS = 5;
const MAX_BACKLOG = 30_000;

/** Sends the simulated world at a steady rate until it is stopped. */
export class LiveFeed {
  /** Event time of the newest item sent, ms. */
  newestMs = 0;
  sent = 0;
  private readonly ended = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly source: TrafficSource,
    private readonly writer: Pick<TopicWriter, 'write' | 'flush'>,
    private readonly perSecond: number,
    private readonly hooks: LiveFeedHooks,
  ) {}

  /** @param onFailure called once if writing fails. */
  start(onFailure: (thrown: unknown) => void): void {
    this.running ??= this.run().catch(onFailure);
  }

  /** Ends the feed; resolves when the items in flight are acknowledged. */
  async stop(): Promise<void> {
    this.ended.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const pacer = new Pacer(this.perSecond, realPacerTime, TICK_MS);
    while (!this.isEnding) {
      const items = this.source.nextDay();
      for (let at = 0; at < items.length && !this.isEnding;) {
        const count = await pacer.take(Math.min(TICK_ITEMS, items.length - at));
        await this.send(items.slice(at, at + count));
        at += count;
        await this.waitForBacklog();
      }
    }
    await this.writer.flush();
  }

  private get isEnding(): boolean {
    return this.ended.signal.aborted;
  }

  private async send(items: readonly TrafficItem[]): Promise<void> {
    this.hooks.transactionsAhead(items);
    await this.writer.write(items.map((item) => item.record));
    this.sent += items.length;
    this.newestMs = items.at(-1)?.atMs ?? this.newestMs;
  }

  private async waitForBacklog(): Promise<void> {
    while (!this.isEnding && this.hooks.backlog() > MAX_BACKLOG) await delay(50, this.ended.signal);
  }
}
