import { DAY_MS } from '@fraudflow/core';
import { type Instant, MAX_NANOS_SECONDS } from '../values/instant.js';

/**
 * Largest distance of an event time after the server's clock, ms. A row in the future would hide all rows that are
 * pushed for its entity until then. A day covers clock differences and batches that are dated at the end of their day.
 */
export const MAX_FUTURE_MS = DAY_MS;

/** True for an instant from 1970 to 2262. */
export function isStorableInstant({ seconds }: Instant): boolean {
  return seconds >= 0 && seconds < MAX_NANOS_SECONDS;
}

/**
 * Why an instant is not a valid event time, as the end of a sentence that begins with its place; undefined if it is
 *  * valid.
 */
export function eventTimeProblem(instant: Instant, now: Instant): string | undefined {
  if (!isStorableInstant(instant)) return 'must be a time from 1970 to 2262';
  const isFuture = instant.seconds > now.seconds + MAX_FUTURE_MS / 1_000;
  return isFuture ? 'must not be more than a day after the time of the server' : undefined;
}
