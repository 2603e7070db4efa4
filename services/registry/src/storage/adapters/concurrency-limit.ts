import { resourceExhausted } from '@fraudflow/core';

/** Runs at most `limit` tasks concurrently. At most `maxWaiting` further tasks wait, in order. */
export class ConcurrencyLimit {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly limit: number,
    private readonly maxWaiting: number,
  ) {}

  /** @throws AppError resource_exhausted if `maxWaiting` tasks wait */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= this.limit) await this.turn();
    else this.running += 1;
    try {
      return await work();
    } finally {
      // The slot passes directly to the next waiting task.
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
