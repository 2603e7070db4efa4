import { AppError, unavailable } from '@fraudflow/core';

/** How many callers may wait for each slot. */
const WAITING_PER_SLOT = 8;
const TOO_MANY = 'too many historical requests at once: try again later';

/** Lets a fixed number of calls run at once; the next wait in order, and when too many wait, callers are told to come again. */
export class Slots {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  /** @param tooMany the error for a caller that finds too many waiting; it is one that may pass */
  constructor(
    private readonly count: number,
    private readonly tooMany: () => Error = () => unavailable(TOO_MANY, { code: 'TOO_MANY_READERS' }),
  ) {
    this.free = count;
  }

  /**
   * Waits for a slot. @returns what gives it back; calling it twice does no harm
   * @throws AppError unavailable if too many wait; `timeout` if the caller has gone
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
    if (this.waiting.length >= this.count * WAITING_PER_SLOT) {
      throw this.tooMany();
    }
    if (signal.aborted) throw new AppError('timeout', 'the caller has gone');
    return new Promise((resolve, reject) => {
      const proceed = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        this.waiting.splice(this.waiting.indexOf(proceed), 1);
        reject(new AppError('timeout', 'the caller has gone'));
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
