import type { WatermarkExchange } from '@fraudflow/contracts';
import { asError, delay } from '@fraudflow/core';
import type { Logger } from '@fraudflow/observability';
import type { WatermarkAlignment } from './watermark-alignment.js';

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
