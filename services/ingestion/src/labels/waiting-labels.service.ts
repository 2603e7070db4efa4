import { asError, type Clock, delay, notFound } from '@fraudflow/core';
import type { DeadLetters, EventProducer } from '@fraudflow/messaging';
import type { IngestionEvents } from '../events.js';
import { joinLabels, splitByAge } from './label-joiner.js';
import { sendLabels } from './label-received.consumer.js';
import type { TransactionLookup } from './transaction-lookup.port.js';
import type { WaitingLabel, WaitingLabelRepository } from './waiting-label.repository.js';

const PAGE = 1_000;

export interface WaitingLabelsOptions {
  readonly waitMs: number;
  readonly retryEveryMs: number;
}

/** Tries again to find the transactions of waiting labels; those that waited too long become dead letters. */
export class WaitingLabelsService {
  private readonly stopped = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly repository: WaitingLabelRepository,
    private readonly lookup: TransactionLookup,
    private readonly producer: EventProducer,
    private readonly deadLetters: DeadLetters,
    private readonly events: IngestionEvents,
    private readonly clock: Clock,
    private readonly options: WaitingLabelsOptions,
  ) {}

  start(): void {
    this.running = this.loop();
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.running;
  }

  /** One pass over all waiting labels. @throws what look-up, producer or repository throw; nothing is lost then. */
  async pass(): Promise<void> {
    let after: WaitingLabel | undefined;
    while (!this.stopped.signal.aborted) {
      const page = await this.repository.oldest(PAGE, after);
      if (page.length > 0) await this.settle(page);
      if (page.length < PAGE) break;
      after = page[page.length - 1];
    }
    this.events.labelsWaiting(await this.repository.count());
  }

  /** Sends first and removes afterwards: a crash in between sends a label twice, which changes nothing downstream. */
  private async settle(page: readonly WaitingLabel[]): Promise<void> {
    const { joined, unknown } = await joinLabels(page, this.lookup);
    const { expired } = splitByAge(unknown, this.clock.nowMs(), this.options.waitMs);
    await sendLabels(
      this.producer,
      joined.map(({ label }) => label),
    );
    await this.deadLetters.write(expired.map(toDeadLetter));
    await this.repository.remove([...joined.map(({ item }) => item), ...expired]);
    this.events.labelsJoined(joined.length);
    this.events.labelsExpired(expired.length);
  }

  private async loop(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      await delay(this.options.retryEveryMs, signal);
      if (signal.aborted) return;
      try {
        await this.pass();
      } catch (thrown) {
        this.events.waitingLabelsFailed(asError(thrown));
      }
    }
  }
}

function toDeadLetter(waiting: WaitingLabel): Parameters<DeadLetters['write']>[0][number] {
  const { topic, partition, offset, bytes, label, takenAtMs } = waiting;
  return {
    origin: { topic, partition },
    raw: {
      offset: Number(offset),
      key: Buffer.from(label.transaction_id),
      value: bytes,
      headers: {},
      appendedAtMs: takenAtMs,
    },
    reason: notFound('transaction_id: no transaction with this id came in time', {
      code: 'TRANSACTION_UNKNOWN',
      field: 'transaction_id',
    }),
    attempts: 1,
  };
}
