import { timedOut } from '@fraudflow/core';

/**
 * Waits for `work`, at most `limitMs`.
 * @param what names the work in the error. @throws AppError timeout after the limit; the error of `work`
 */
export async function within<T>(work: Promise<T>, limitMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(timedOut(`${what} did not end within ${limitMs / 1_000} s`)), limitMs);
  });
  // A failure after the limit is not unhandled.
  work.catch(() => undefined);
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
