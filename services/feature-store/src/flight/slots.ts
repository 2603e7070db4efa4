import { AppError } from '@fraudflow/core';
import { flightError } from './flight-errors.js';

/** How many callers may wait for each slot. */
const WAITING_PER_SLOT = 8;

/** Lets a fixed number of calls run at once; the next wait in order, and when too many wait, callers are told to come again. */
export class Slots {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly count: number) {
    this.free = count;
  }

  /**
   * Waits for a slot. @returns what gives it back; calling it twice does no harm
   * @throws AppError unavailable, a Flight error, if too many wait; `timeout` if the caller has gone
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
      throw flightError('unavailable', 'FeastError', 'too many historical requests at once: try again later');
    }
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
