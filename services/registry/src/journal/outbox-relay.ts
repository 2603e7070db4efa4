import { delay, unavailable } from '@fraudflow/core';
import type { RegistryEvents } from '../events.js';
import type { ModelEventPublisher } from './model-event-publisher.port.js';
import type { Outbox } from './outbox.port.js';

const BATCH_SIZE = 500;
const MAX_BACKOFF_MS = 10_000;
/** Time that the current batch has to finish when the relay is stopped, ms. */
const STOP_GRACE_MS = 2_000;

/**
 * Publishes the events of the outbox to the log, at least once and in order. While the log is unavailable it retries
 * with exponential backoff, and reports the start and the end of the outage once each.
 */
export class OutboxRelay {
  private readonly stopping = new AbortController();
  private readonly cutOff = new AbortController();
  private running: Promise<void> | undefined;
  private failures = 0;

  constructor(
    private readonly outbox: Outbox,
    private readonly publisher: ModelEventPublisher,
    private readonly events: RegistryEvents,
    /** Polling interval of an empty outbox, ms. */
    private readonly pollMs: number,
  ) {}

  start(): void {
    this.running ??= this.run();
  }

  /** Stops after the current batch. A batch that takes too long is aborted and published again after the next start. */
  async stop(): Promise<void> {
    this.stopping.abort();
    const graceEnds = new AbortController();
    await Promise.race([this.running, delay(STOP_GRACE_MS, graceEnds.signal)]);
    graceEnds.abort();
    this.cutOff.abort();
    await this.running;
  }

  /** Publishes all pending events. @returns their number. @throws errors of the publisher or the store */
  async drainOnce(): Promise<number> {
    let total = 0;
    for (;;) {
      const count = await this.outbox.drain(BATCH_SIZE, (batch) =>
        Promise.race([this.publisher.publish(batch), rejectionOn(this.cutOff.signal)]),
      );
      total += count;
      if (count < BATCH_SIZE || this.stopping.signal.aborted) return total;
    }
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const restMs = await this.attempt();
      await delay(restMs, this.stopping.signal);
    }
  }

  private async attempt(): Promise<number> {
    try {
      const count = await this.drainOnce();
      if (this.failures > 0) this.events.relayRecovered(this.failures);
      if (count > 0) this.events.modelEventsPublished(count);
      this.failures = 0;
      return this.pollMs;
    } catch (thrown) {
      if (this.failures === 0) this.events.relayStalled(thrown);
      this.failures += 1;
      return Math.min(this.pollMs * 2 ** this.failures, MAX_BACKOFF_MS);
    }
  }
}

function rejectionOn(signal: AbortSignal): Promise<never> {
  const reject = (): never => {
    throw unavailable('the relay of model events was stopped');
  };
  if (signal.aborted) return Promise.resolve().then(reject);
  return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })).then(reject);
}
