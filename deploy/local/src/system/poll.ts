import { delay } from '@fraudflow/core';

interface PollOptions {
  readonly everyMs: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Repeats a check until it is true. False if the timeout or the abort of the signal was earlier. */
export async function pollUntil(ask: () => Promise<boolean> | boolean, options: PollOptions): Promise<boolean> {
  const deadline = performance.now() + options.timeoutMs;
  while (!options.signal?.aborted) {
    if (await ask()) return true;
    if (performance.now() >= deadline) return false;
    await delay(options.everyMs, options.signal);
  }
  return false;
}
