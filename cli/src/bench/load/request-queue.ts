import type { PredictInput } from './predict-protocol.js';

const MAX_WAITING = 1_000;

/** What the load driver asks next: fresh transactions once each, or a fixed set over and over. */
export class RequestQueue {
  private waiting: PredictInput[] = [];
  private repeated: readonly PredictInput[] = [];
  private turn = 0;

  /** The oldest give way when more come than are asked: a stale question measures nothing. */
  add(inputs: readonly PredictInput[]): void {
    this.waiting.push(...inputs);
    if (this.waiting.length > MAX_WAITING) this.waiting = this.waiting.slice(-MAX_WAITING);
  }

  /** Each round asks under new ids, because a repeated id is answered from memory. */
  repeat(inputs: readonly PredictInput[]): void {
    this.repeated = inputs;
  }

  next(): PredictInput | undefined {
    const fresh = this.waiting.shift();
    if (fresh !== undefined || this.repeated.length === 0) return fresh;
    const input = this.repeated[this.turn % this.repeated.length];
    this.turn++;
    return input === undefined ? undefined : { ...input, transactionId: `${input.transactionId}-p${this.turn}` };
  }
}
