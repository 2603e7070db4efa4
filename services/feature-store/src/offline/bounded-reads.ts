import { timedOut } from '@fraudflow/core';
import type { Slots } from './slots.js';

/**
 * Lets a fixed number of streams of the history run at once, and none be held up by its reader: a stream whose reader does not take the
 * next message in time is closed, which gives its database connections and its slot back, and ends with an error.
 */
export class BoundedReads {
  /** @param readerTimeoutMs longest time between a message and the request for the next */
  constructor(
    private readonly slots: Slots,
    private readonly readerTimeoutMs: number,
  ) {}

  /**
   * Waits for a slot, then streams.
   * @throws AppError unavailable if too many wait; `timeout` `READER_TOO_SLOW`
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
    const message = `the stream was not read on for ${this.readerTimeoutMs} ms and has been closed: read it faster, or in parts`;
    return timedOut(message, { code: 'READER_TOO_SLOW' });
  }
}
