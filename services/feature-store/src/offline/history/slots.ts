import { AppError, unavailable } from '@fraudflow/core';

/** How many callers may wait for each slot. */
const WAITING_CALLERS_PER_SLOT = 8;
const TOO_MANY = 'too many concurrent historical requests: retry later';

/**
 * A FIFO semaphore with a bounded queue: a fixed number of calls run concurrently, further ones wait, and calls beyond
 * the queue are refused as retryable.
 */
export class Slots {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  /** @param tooMany creates the error for a full queue; it should be retryable */
  constructor(
    private readonly count: number,
    private readonly tooMany: () => Error = () => unavailable(TOO_MANY, { code: 'TOO_MANY_READERS' }),
  ) {
    this.free = count;
  }

  /**
   * Waits for a slot.
   * @returns a function that releases the slot; calling it twice has no effect
   * @throws AppError unavailable `TOO_MANY_READERS` if the queue is full; timeout if the signal aborts
   */
  async acquire(signal: AbortSignal): Promise<() => void> {
    if (this.free > 0) this.free--;
    else await this.wait(signal);
    let isHeld = true;
    return () => {
      if (isHeld) this.release();
      isHeld = false;
    };
  }

  private wait(signal: AbortSignal): Promise<void> {
    if (this.waiting.length >= this.count * WAITING_CALLERS_PER_SLOT) {
      throw this.tooMany();
    }
    if (signal.aborted) throw new AppError('timeout', 'the call was cancelled while it waited for a slot');
    return new Promise((resolve, reject) => {
      const proceed = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        this.waiting.splice(this.waiting.indexOf(proceed), 1);
        reject(new AppError('timeout', 'the call was cancelled while it waited for a slot'));
      };
      this.waiting.push(proceed);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  private release(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.free++;
    else next();
  }
}
