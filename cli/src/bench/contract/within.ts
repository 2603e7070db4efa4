import { timedOut } from '@fraudflow/core';

/**
 * Waits for something that ought to end, but not for ever.
 * @throws AppError timeout naming what did not end; what it failed with.
 */
export async function within<T>(work: Promise<T>, limitMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(timedOut(`${what} did not end within ${limitMs / 1_000} s`)), limitMs);
  });
  // If it fails after all, nobody waits for it any more.
  work.catch(() => undefined);
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
