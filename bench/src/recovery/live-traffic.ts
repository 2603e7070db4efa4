import type { ValidatedTransaction } from '@fraudflow/contracts';
import { delay } from '@fraudflow/core';
import type { EventProducer } from '@fraudflow/messaging';
import { Pacer } from '../traffic/pacer.js';
import { sendPiece } from '../load/validated-traffic.js';
import type { HistoryTraffic } from './history-traffic.js';

const SEND_EVERY_MS = 5;

interface SentTransaction {
  readonly transaction: ValidatedTransaction;
  /** When the broker acknowledged it, on the scale of `performance.now()`. */
  readonly sentAtMs: number;
}

/** Sends traffic at a steady rate until it is stopped, and keeps each transaction with its time. */
export class LiveTraffic {
  private readonly sent: SentTransaction[] = [];
  private readonly ended = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly producer: EventProducer,
    private readonly traffic: HistoryTraffic,
  ) {}

  start(perSecond: number): void {
    this.running ??= this.run(new Pacer(perSecond));
    // stop() throws the failure; until then it is not unhandled.
    this.running.catch(() => undefined);
  }

  /** Ends the traffic. @returns the number of transactions sent. @throws the error of sending */
  async stop(): Promise<number> {
    this.ended.abort();
    await this.running;
    return this.sent.length;
  }

  /** Transactions acknowledged in [fromMs, toMs), on the scale of `performance.now()`, oldest first. */
  sentBetween(fromMs: number, toMs: number): readonly ValidatedTransaction[] {
    const found: ValidatedTransaction[] = [];
    for (let at = this.sent.length - 1; at >= 0; at--) {
      const { sentAtMs, transaction } = this.sent[at] as SentTransaction;
      if (sentAtMs < fromMs) break;
      if (sentAtMs < toMs) found.push(transaction);
    }
    return found.toReversed();
  }

  private async run(pacer: Pacer): Promise<void> {
    while (!this.ended.signal.aborted) {
      await delay(SEND_EVERY_MS);
      const piece = await this.traffic.take(await pacer.take(Infinity));
      await sendPiece(this.producer, piece);
      const sentAtMs = performance.now();
      for (const transaction of piece.transactions) this.sent.push({ transaction, sentAtMs });
    }
  }
}
