import { asError, delay } from '@fraudflow/core';
import type { Logger } from '@fraudflow/observability';
import type { EventTimeMerge, PartitionHead } from './event-time-merge.js';

/** How far some partition has come, as its last owner said. */
export interface PeerHead extends PartitionHead {
  /** Time since it was said, ms, by one clock for all. */
  readonly ageMs: number;
}

/**
 * Where the workers of a service tell each other how far their partitions have come in event time. Only a help for catching up together: what
 * it says may be old or missing, and no state depends on it.
 */
export interface HeadExchange {
  /** Says how far ours are and returns the last word on all partitions, ours included. @throws AppError unavailable */
  sync(own: ReadonlyMap<string, PartitionHead>): Promise<ReadonlyMap<string, PeerHead>>;
}

const SYNC_EVERY_MS = 200;

/** Keeps a merge and the exchange in step until stopped. */
export class HeadSync {
  private stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly merge: EventTimeMerge,
    private readonly exchange: HeadExchange,
    private readonly logger: Logger,
  ) {}

  /** Resolves when the others' places are known for the first time, or cannot be asked for. */
  async start(): Promise<void> {
    this.stopping = new AbortController();
    await this.once();
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await delay(SYNC_EVERY_MS, this.stopping.signal);
      await this.once();
    }
  }

  private async once(): Promise<void> {
    try {
      this.merge.hearOf(await this.exchange.sync(this.merge.heads()));
    } catch (thrown) {
      this.logger.debug({ event: 'head_exchange_failed', error: asError(thrown).message });
    }
  }
}
