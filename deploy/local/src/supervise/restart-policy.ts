const WINDOW_MS = 60_000;
const FIRST_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 15_000;
const FREE_RESTARTS = 2;
const CRASH_LOOP_AT = 5;

/** Delay before the restart of a crashed part, and whether the operator is notified of a crash loop. */
export interface RestartDecision {
  readonly delayMs: number;
  readonly isCrashLoop: boolean;
  readonly crashesInLastMinute: number;
}

/**
 * After the first two crashes within a minute a part restarts immediately, after each further one with twice the delay:
 * 250 ms, 500 ms … up to 15 s. Five crashes within a minute are a crash loop.
 * @param crashTimesMs times of all crashes including the current one, ms on the scale of `nowMs`
 */
export function decideRestart(crashTimesMs: readonly number[], nowMs: number): RestartDecision {
  const crashesInLastMinute = crashTimesMs.filter((at) => nowMs - at < WINDOW_MS).length;
  const paid = crashesInLastMinute - FREE_RESTARTS - 1;
  return {
    delayMs: paid < 0 ? 0 : Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** paid),
    isCrashLoop: crashesInLastMinute >= CRASH_LOOP_AT,
    crashesInLastMinute,
  };
}
