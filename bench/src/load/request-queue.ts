import type { PredictInput } from './predict-protocol.js';

const MAX_WAITING = 1_000;

/** Requests of the load driver: new transactions once each, else a fixed set repeatedly. */
export class RequestQueue {
  private waiting: PredictInput[] = [];
  private repeated: readonly PredictInput[] = [];
  private turn = 0;

  /** Adds new transactions. The oldest ones are dropped if more are added than called. */
  add(inputs: readonly PredictInput[]): void {
    this.waiting.push(...inputs);
    if (this.waiting.length > MAX_WAITING) this.waiting = this.waiting.slice(-MAX_WAITING);
  }

  /** Each round uses new ids: the scorer returns the cached result for a repeated id. */
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
