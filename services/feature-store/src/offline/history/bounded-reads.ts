import { timedOut } from '@fraudflow/core';
import type { Slots } from './slots.js';

/**
 * Limits the number of concurrent history streams and the time a reader may pause. If a reader does not take the next
 * message in time, its stream is closed with an error, which releases the database connections and the slot.
 */
export class BoundedReads {
  /** @param readerTimeoutMs longest time between a message and the request for the next */
  constructor(
    private readonly slots: Slots,
    private readonly readerTimeoutMs: number,
  ) {}

  /**
   * Waits for a slot, then streams.
   * @throws AppError unavailable if too many callers wait; timeout `READER_TOO_SLOW` if the reader pauses too long
   */
  async *run<T>(open: () => AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T, void, undefined> {
    const release = await this.slots.acquire(signal);
    let source: AsyncIterator<T> | undefined;
    const close = async (): Promise<void> => {
      try {
        await source?.return?.();
      } finally {
        release();
      }
    };
    try {
      source = open()[Symbol.asyncIterator]();
      for (let step = await source.next(); step.done !== true; step = await source.next()) {
        const deadline = this.deadline(() => close().catch(() => undefined));
        try {
          yield step.value;
        } finally {
          deadline.clear();
        }
        if (deadline.hasPassed()) throw this.tooSlow();
      }
    } finally {
      await close();
    }
  }

  private deadline(passed: () => unknown): { clear(): void; hasPassed(): boolean } {
    let hasPassed = false;
    const timer = setTimeout(() => {
      hasPassed = true;
      passed();
    }, this.readerTimeoutMs);
    return { clear: () => clearTimeout(timer), hasPassed: () => hasPassed };
  }

  private tooSlow(): Error {
    const message = `the reader took no message for ${this.readerTimeoutMs} ms, so the stream was closed: read faster, or in smaller ranges`;
    return timedOut(message, { code: 'READER_TOO_SLOW' });
  }
}
