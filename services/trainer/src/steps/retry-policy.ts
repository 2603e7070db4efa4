import { asError, delay, isRetryable } from '@fraudflow/core';

export interface RetrySettings {
  /** Delay after the first failure; it doubles up to `lastBackoffMs`. */
  readonly firstBackoffMs: number;
  readonly lastBackoffMs: number;
  /** Upper bound of attempts, the first one included. */
  readonly attempts: number;
}

/**
 * About one hour: longer than the restart of a dependency, short enough that queued requests do not wait without bound.
 */
export const DEPENDENCY_RETRIES: RetrySettings = { firstBackoffMs: 1_000, lastBackoffMs: 30_000, attempts: 125 };

/**
 * Retries retryable failures with exponential backoff, so that the restart of a dependency does not discard minutes of
 * training.
 */
export class RetryPolicy {
  constructor(private readonly settings: RetrySettings) {}

  /**
   * @param onRetry called before each delay with the error and the number of the failed attempt
   * @throws the last error of `work` if it is not retryable or `attempts` is reached; the signal's reason when aborted.
   */
  async run<T>(
    work: () => Promise<T>,
    signal: AbortSignal,
    onRetry: (error: Error, attempt: number) => void,
  ): Promise<T> {
    const { firstBackoffMs, lastBackoffMs, attempts } = this.settings;
    for (let attempt = 1, backoffMs = firstBackoffMs; ; attempt++, backoffMs = Math.min(backoffMs * 2, lastBackoffMs)) {
      signal.throwIfAborted();
      try {
        return await work();
      } catch (thrown) {
        signal.throwIfAborted();
        if (!isRetryable(thrown) || attempt >= attempts) throw thrown;
        onRetry(asError(thrown), attempt);
        await delay(backoffMs, signal);
      }
    }
  }
}
