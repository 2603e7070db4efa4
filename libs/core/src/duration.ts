import { invalidInput } from './errors.js';

/** Length of a second, ms. */
export const SECOND_MS = 1_000;
/** Length of a minute, ms. */
export const MINUTE_MS = 60_000;
/** Length of an hour, ms. */
export const HOUR_MS = 3_600_000;
/** Length of a day of 24 hours, ms. */
export const DAY_MS = 86_400_000;

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };

/**
 * Parses a duration such as `250ms`, `5s`, `10m`, `36h` or `7d`.
 * @param text a number from 0 up, with or without fraction, and one of the units ms, s, m, h, d
 * @returns milliseconds
 * @throws AppError invalid_input for anything else.
 */
export function parseDurationMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim());
  const unitMs = UNIT_MS[match?.[2] ?? ''];
  if (!match || unitMs === undefined) {
    throw invalidInput(`"${text}" is not a duration; write for example 250ms, 5s, 10m, 36h or 7d`);
  }
  return Number(match[1]) * unitMs;
}

/** Longest timeout of a Node timer. A longer one would fire immediately. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Waits. Never rejects.
 * @param ms milliseconds; below 0 counts as 0, above 24 days as 24 days
 * @param signal ends the wait immediately when it aborts
 */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(Math.max(ms, 0), MAX_TIMER_MS));
    signal?.addEventListener('abort', done, { once: true });
  });
}
