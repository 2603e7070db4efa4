import { asError, delay } from '@fraudflow/core';
import type { Logger } from '@fraudflow/observability';
import type { WatermarkAlignment, PartitionWatermark } from './watermark-alignment.js';

/** The event-time position of a partition, as its last owner published it. */
export interface PeerWatermark extends PartitionWatermark {
  /** Time since it was published, ms, by one clock for all workers. */
  readonly ageMs: number;
}

/**
 * Exchange for watermark alignment: the workers of a service publish the event-time positions of their partitions. Only
 * an aid during catch-up: positions may be old or missing, and no state depends on them.
 */
export interface WatermarkExchange {
  /**
   * Publishes our positions and returns the latest positions of all partitions, ours included.
   * @throws AppError unavailable
   */
  sync(own: ReadonlyMap<string, PartitionWatermark>): Promise<ReadonlyMap<string, PeerWatermark>>;
}

const SYNC_EVERY_MS = 200;

/** Synchronizes a merge with the exchange periodically until stopped. */
export class WatermarkSync {
  private stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly merge: WatermarkAlignment,
    private readonly exchange: WatermarkExchange,
    private readonly logger: Logger,
  ) {}

  /** Resolves when the first exchange has succeeded or failed. */
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
      this.merge.onPeers(await this.exchange.sync(this.merge.heads()));
    } catch (thrown) {
      this.logger.debug({ event: 'head_exchange_failed', error: asError(thrown).message });
    }
  }
}
