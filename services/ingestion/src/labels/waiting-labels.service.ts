import { asError, type Clock, delay, MINUTE_MS, notFound } from '@fraudflow/core';
import type { DeadLetter, DeadLetters, EventProducer } from '@fraudflow/messaging';
import type { IngestionEvents } from '../events.js';
import { joinLabels, type JoinResult } from './label-joiner.js';
import { sendLabels } from './label-received.consumer.js';
import type { TransactionLookup } from './transaction-lookup.port.js';
import type { Settlement, WaitingLabel, WaitingLabelRepository } from './waiting-label.repository.js';

const PAGE = 1_000;
/** Dead letters are read and written so many at a time: their bytes may be large. */
const LETTERS = 50;
/** The longer a label has waited, the rarer it is looked up: after a quarter of that time, at least once a minute. */
const SHARE_OF_WAIT = 0.25;
const MAX_PAUSE_MS = MINUTE_MS;
/** After a start, transactions of a backlog have so long to arrive before labels expire. */
const GRACE_MS = 10 * MINUTE_MS;

export interface WaitingLabelsOptions {
  readonly waitMs: number;
  readonly retryEveryMs: number;
}

export interface WaitingLabelsParts {
  readonly repository: WaitingLabelRepository;
  readonly lookup: TransactionLookup;
  readonly producer: EventProducer;
  readonly deadLetters: DeadLetters;
  readonly events: IngestionEvents;
  readonly clock: Clock;
}

/** Tries again to find the transactions of waiting labels; those that waited too long become dead letters. */
export class WaitingLabelsService {
  private readonly stopped = new AbortController();
  private running: Promise<void> | undefined;
  private readonly startedAtMs: number;

  constructor(
    private readonly parts: WaitingLabelsParts,
    private readonly options: WaitingLabelsOptions,
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

  /** Looks up all labels that are due. @throws what look-up, producer or repository throw; nothing is lost then. */
  async pass(): Promise<void> {
    const { repository, clock, events } = this.parts;
    const nowMs = clock.nowMs();
    while (!this.stopped.signal.aborted) {
      if ((await repository.settleDue(PAGE, nowMs, (due) => this.settle(due, nowMs))) < PAGE) break;
    }
    events.labelsWaiting(await repository.count());
  }

  /** Sends first and removes afterwards: a crash in between sends a label twice, which changes nothing downstream. */
  private async settle(due: readonly WaitingLabel[], nowMs: number): Promise<Settlement> {
    const { producer, lookup, events } = this.parts;
    const result = await joinLabels(due, lookup);
    const { joined, refused, unknown } = result;
    const expired = unknown.filter((label) => this.isExpired(label, nowMs));
    await sendLabels(
      producer,
      joined.map(({ label }) => label),
    );
    await this.writeLetters(result, expired);
    events.labelsJoined(joined.length);
    events.labelsRefused(refused.length);
    events.labelsExpired(expired.length);
    const gone = new Set(expired);
    return {
      done: [...joined.map(({ item }) => item), ...refused.map(({ item }) => item), ...expired],
      later: unknown
        .filter((label) => !gone.has(label))
        .map((place) => ({ place, lookAtMs: nowMs + this.pauseMs(place, nowMs) })),
    };
  }

  private isExpired({ waitingSinceMs }: WaitingLabel, nowMs: number): boolean {
    const { waitMs } = this.options;
    return nowMs - waitingSinceMs > waitMs && nowMs - this.startedAtMs >= Math.min(waitMs, GRACE_MS);
  }

  private pauseMs({ waitingSinceMs }: WaitingLabel, nowMs: number): number {
    const share = (nowMs - waitingSinceMs) * SHARE_OF_WAIT;
    return Math.round(Math.min(Math.max(share, this.options.retryEveryMs), MAX_PAUSE_MS));
  }

  private async writeLetters({ refused }: JoinResult<WaitingLabel>, expired: readonly WaitingLabel[]): Promise<void> {
    const letters = [
      ...refused.map(({ item, reason }) => ({ item, reason })),
      ...expired.map((item) => ({ item, reason: transactionUnknown() })),
    ];
    for (let at = 0; at < letters.length; at += LETTERS) {
      const some = letters.slice(at, at + LETTERS);
      const bytes = await this.parts.repository.bytesOf(some.map(({ item }) => item));
      await this.parts.deadLetters.write(
        some.map(({ item, reason }, index) => toDeadLetter(item, reason, bytes[index])),
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
        this.parts.events.waitingLabelsFailed(asError(thrown));
      }
    }
  }
}

function transactionUnknown(): Error {
  return notFound('transaction_id: no transaction with this id came in time', {
    code: 'TRANSACTION_UNKNOWN',
    field: 'transaction_id',
  });
}

function toDeadLetter(waiting: WaitingLabel, reason: Error, bytes: Buffer | undefined): DeadLetter {
  const { topic, partition, offset, label, takenAtMs } = waiting;
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
