/** Number of records above which a larger round saves little. */
const SMALL_ROUND_RECORDS = 8;
/** Minimum time from one small round to the next, ms. */
const SMALL_ROUND_MS = 6;

/**
 * Pause after a round that reached the end of the log, so that the next round fetches more records per request. At a
 * low rate requests are most of the work; at a high rate rounds are large enough with the short pause.
 * @param lingerMs minimum time from one round to the next; 0 disables the pause
 * @param records in the round
 * @param tookMs duration of the round so far, which counts towards the minimum
 * @returns ms, at least 0
 */
export function pauseAfterRound(lingerMs: number, records: number, tookMs: number): number {
  if (lingerMs === 0) return 0;
  const leastMs = records < SMALL_ROUND_RECORDS ? Math.max(lingerMs, SMALL_ROUND_MS) : lingerMs;
  return Math.max(0, leastMs - tookMs);
}
