const WINDOW_MS = 60_000;
const FIRST_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 15_000;
const FREE_RESTARTS = 2;
const CRASH_LOOP_AT = 5;

/** When to start a crashed part again, and whether to report to the operator that it does nothing but crash. */
export interface RestartDecision {
  readonly delayMs: number;
  readonly isCrashLoop: boolean;
  readonly crashesInLastMinute: number;
}

/**
 * The first two crashes within a minute are answered at once (a killed service is back before anyone notices), each
 * further one after twice the time: 250 ms, 500 ms … up to 15 s. From the fifth on it is called a crash loop.
 * @param crashTimesMs moments of all crashes so far, the present one included, in ms on the scale of `nowMs`.
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
