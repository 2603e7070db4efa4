import type { ValidatedTransaction } from '@fraudflow/contracts';
import { delay } from '@fraudflow/core';
import { OnlineAnswers } from '../load/online-answers.js';

const LOOK_EVERY_MS = 3;
/** The oldest are asked about first; so a system that is far behind is not slowed down by the question. */
const ASK_AT_ONCE = 8;

/** Asks for the features of sampled transactions again and again until both their entities hold them. */
export class ReadableProbe {
  /** When each transaction's features could be read, ms since the epoch: at the end of the call that saw them. */
  readonly readableAtMs = new Map<string, number>();
  private readonly answers: OnlineAnswers;
  private readonly ended = new AbortController();
  private waiting: readonly ValidatedTransaction[] = [];
  private running: Promise<void> | undefined;

  constructor(address: string) {
    this.answers = new OnlineAnswers(address);
  }

  watch(transaction: ValidatedTransaction): void {
    this.waiting = [...this.waiting, transaction];
  }

  start(): void {
    this.running ??= this.run();
    // A failure comes out of stop(); until then it must not end the process.
    this.running.catch(() => undefined);
  }

  /**
   * Waits for what is still watched, then ends. @returns how many could not be read by then. @throws what a call failed
   * with.
   */
  async stop(patienceMs = 0): Promise<number> {
    const until = performance.now() + patienceMs;
    while (this.waiting.length > 0 && performance.now() < until && !this.ended.signal.aborted)
      await delay(LOOK_EVERY_MS);
    this.ended.abort();
    try {
      await this.running;
      return this.waiting.length;
    } finally {
      this.answers.close();
    }
  }

  private async run(): Promise<void> {
    while (!this.ended.signal.aborted) {
      if (this.waiting.length > 0) await this.tryToLook();
      await delay(LOOK_EVERY_MS, this.ended.signal);
    }
  }

  private async tryToLook(): Promise<void> {
    try {
      await this.look(this.waiting.slice(0, ASK_AT_ONCE));
    } catch (thrown) {
      this.ended.abort();
      throw thrown;
    }
  }

  /** A call that came to nothing on a busy machine is made again; the time it took counts. */
  private async look(asked: readonly ValidatedTransaction[]): Promise<void> {
    const answer = await this.answers.ask(asked);
    if (answer === undefined) return;
    const nowMs = performance.timeOrigin + performance.now();
    const seen = new Set(asked.filter((_, i) => answer.isReached[i]));
    for (const { transaction_id } of seen) this.readableAtMs.set(transaction_id, nowMs);
    this.waiting = this.waiting.filter((transaction) => !seen.has(transaction));
  }
}
