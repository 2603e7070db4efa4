import { resourceExhausted } from '@fraudflow/core';

/** Runs at most `limit` pieces of work at a time; further ones wait in order, at most `maxWaiting` of them. */
export class ConcurrencyLimit {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly limit: number,
    private readonly maxWaiting: number,
  ) {}

  /** @throws AppError resource_exhausted if too many wait already. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= this.limit) await this.turn();
    else this.running += 1;
    try {
      return await work();
    } finally {
      // The place passes to the next in line without being free in between.
      const next = this.waiting.shift();
      if (next) next();
      else this.running -= 1;
    }
  }

  private turn(): Promise<void> {
    if (this.waiting.length >= this.maxWaiting) {
      throw resourceExhausted(`The registry is busy: ${this.waiting.length} requests wait. Try again later`);
    }
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
