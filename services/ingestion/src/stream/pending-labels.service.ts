import { asError, type Clock, delay, MINUTE_MS, notFound } from '@fraudflow/core';
import type { DeadLetter, DeadLetters, EventProducer } from '@fraudflow/messaging';
import type { IngestionEvents } from '../events.js';
import { joinLabels, type JoinResult } from '../labels/label-joiner.js';
import { sendLabels } from './label-received.consumer.js';
import type { TransactionLookup } from '../labels/transaction-lookup.port.js';
import type { Settlement, PendingLabel, PendingLabelRepository } from '../labels/pending-label.repository.js';

const PAGE = 1_000;
/** Number of dead letters per batch; their bytes may be large. */
const DEAD_LETTERS_PER_READ = 50;
/** Time to the next lookup as a share of the time a label has been pending; at most one minute. */
const SHARE_OF_WAIT = 0.25;
const MAX_PAUSE_MS = MINUTE_MS;
/** Time after a start in which no label expires, so that the transactions of a backlog can arrive. */
const GRACE_MS = 10 * MINUTE_MS;

export interface PendingLabelsOptions {
  readonly waitMs: number;
  readonly retryEveryMs: number;
}

export interface PendingLabelsParts {
  readonly repository: PendingLabelRepository;
  readonly lookup: TransactionLookup;
  readonly producer: EventProducer;
  readonly deadLetters: DeadLetters;
  readonly events: IngestionEvents;
  readonly clock: Clock;
}

/** Looks up the transactions of pending labels again. Labels that are pending too long become dead letters. */
export class PendingLabelsService {
  private readonly stopped = new AbortController();
  private running: Promise<void> | undefined;
  private readonly startedAtMs: number;

  constructor(
    private readonly parts: PendingLabelsParts,
    private readonly options: PendingLabelsOptions,
  ) {
    this.startedAtMs = parts.clock.nowMs();
  }

  start(): void {
    this.running = this.loop();
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.running;
  }

  /** Looks up all due labels. @throws errors of lookup, producer or repository; the labels remain pending then */
  async pass(): Promise<void> {
    const { repository, clock, events } = this.parts;
    const nowMs = clock.nowMs();
    while (!this.stopped.signal.aborted) {
      if ((await repository.settleDue(PAGE, nowMs, (due) => this.settle(due, nowMs))) < PAGE) break;
    }
    events.labelsPending(await repository.count());
  }

  /** Sends before it removes: after a crash in between, a label is sent twice, and receivers drop the repeat. */
  private async settle(due: readonly PendingLabel[], nowMs: number): Promise<Settlement> {
    const { producer, lookup, events } = this.parts;
    const result = await joinLabels(due, lookup);
    const { joined, refused, unknown } = result;
    const expired = unknown.filter((label) => this.isExpired(label, nowMs));
    await sendLabels(
      producer,
      joined.map(({ label }) => label),
    );
    await this.writeDeadLetters(result, expired);
    events.labelsJoined(joined.length);
    events.labelsRefused(refused.length);
    events.labelsExpired(expired.length);
    const expiredSet = new Set(expired);
    return {
      done: [...joined.map(({ item }) => item), ...refused.map(({ item }) => item), ...expired],
      later: unknown
        .filter((label) => !expiredSet.has(label))
        .map((position) => ({ position, lookupAtMs: nowMs + this.pauseMs(position, nowMs) })),
    };
  }

  private isExpired({ waitingSinceMs }: PendingLabel, nowMs: number): boolean {
    const { waitMs } = this.options;
    return nowMs - waitingSinceMs > waitMs && nowMs - this.startedAtMs >= Math.min(waitMs, GRACE_MS);
  }

  private pauseMs({ waitingSinceMs }: PendingLabel, nowMs: number): number {
    const share = (nowMs - waitingSinceMs) * SHARE_OF_WAIT;
    return Math.round(Math.min(Math.max(share, this.options.retryEveryMs), MAX_PAUSE_MS));
  }

  private async writeDeadLetters(
    { refused }: JoinResult<PendingLabel>,
    expired: readonly PendingLabel[],
  ): Promise<void> {
    const letters = [
      ...refused.map(({ item, reason }) => ({ item, reason })),
      ...expired.map((item) => ({ item, reason: transactionUnknown() })),
    ];
    for (let at = 0; at < letters.length; at += DEAD_LETTERS_PER_READ) {
      const page = letters.slice(at, at + DEAD_LETTERS_PER_READ);
      const bytes = await this.parts.repository.bytesOf(page.map(({ item }) => item));
      await this.parts.deadLetters.write(
        page.map(({ item, reason }, index) => toDeadLetter(item, reason, bytes[index])),
      );
    }
  }

  private async loop(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      await delay(this.options.retryEveryMs, signal);
      if (signal.aborted) return;
      try {
        await this.pass();
      } catch (thrown) {
        this.parts.events.pendingLabelsFailed(asError(thrown));
      }
    }
  }
}

function transactionUnknown(): Error {
  return notFound('transaction_id: no transaction with this id arrived in time', {
    code: 'TRANSACTION_UNKNOWN',
    field: 'transaction_id',
  });
}

function toDeadLetter(pending: PendingLabel, reason: Error, bytes: Buffer | undefined): DeadLetter {
  const { topic, partition, offset, label, takenAtMs } = pending;
  return {
    origin: { topic, partition },
    raw: {
      offset: Number(offset),
      key: Buffer.from(label.transaction_id),
      value: bytes ?? Buffer.from(JSON.stringify(label)),
      headers: {},
      appendedAtMs: takenAtMs,
    },
    reason,
    attempts: 1,
  };
}
