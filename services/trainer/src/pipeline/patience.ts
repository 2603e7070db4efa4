import { asError, delay, isRetryable } from '@fraudflow/core';

export interface PatienceSettings {
  /** Pause after the first failure; it doubles up to `lastPauseMs`. */
  readonly firstPauseMs: number;
  readonly lastPauseMs: number;
  /** Attempts before the fault counts as final. */
  readonly attempts: number;
}

/** An hour: long enough for a restart of a neighbour, short enough that waiting requests are not held up for good. */
export const AN_HOUR: PatienceSettings = { firstPauseMs: 1_000, lastPauseMs: 30_000, attempts: 125 };

/** Tries again what fails for a passing reason: minutes of training are not thrown away because a neighbour restarts. */
export class Patience {
  constructor(private readonly settings: PatienceSettings) {}

  /**
   * @param onWait told before each pause
   * @throws the last error of `work` if it is not retryable or the attempts are used up; the signal's reason when cancelled.
   */
  async run<T>(
    work: () => Promise<T>,
    signal: AbortSignal,
    onWait: (error: Error, attempt: number) => void,
  ): Promise<T> {
    const { firstPauseMs, lastPauseMs, attempts } = this.settings;
    for (let attempt = 1, pauseMs = firstPauseMs; ; attempt++, pauseMs = Math.min(pauseMs * 2, lastPauseMs)) {
      signal.throwIfAborted();
      try {
        return await work();
      } catch (thrown) {
        signal.throwIfAborted();
        if (!isRetryable(thrown) || attempt >= attempts) throw thrown;
        onWait(asError(thrown), attempt);
        await delay(pauseMs, signal);
      }
    }
  }
}
