/** Records that make a round worth its requests: from here on larger rounds save little. */
const SMALL_ROUND_RECORDS = 8;
/** Least time from one small round to the next, ms. */
const SMALL_ROUND_MS = 6;

/**
 * Rest after a round that reached the end of the log, so that the next round brings more records per request. At a low rate requests are most of
 * the work; at a high rate rounds are large enough with the short rest.
 * @param lingerMs least time from one round to the next; 0 for no rest at all
 * @param records that the round brought
 * @param tookMs of the round so far: meanwhile others have gathered already
 * @returns ms, at least 0
 */
export function restAfterRound(lingerMs: number, records: number, tookMs: number): number {
  if (lingerMs === 0) return 0;
  const leastMs = records < SMALL_ROUND_RECORDS ? Math.max(lingerMs, SMALL_ROUND_MS) : lingerMs;
  return Math.max(0, leastMs - tookMs);
}
