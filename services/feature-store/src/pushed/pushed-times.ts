import { DAY_MS } from '@fraudflow/core';
import { type Instant, MAX_NANOS_SECONDS } from '../values/instant.js';

/**
 * How far an event time may lie after the server's clock, ms. A row of the future would hide every row that is pushed
 * for its entity until then; a day allows for clocks and for batches that are dated by their day's end.
 */
export const MAX_FUTURE_MS = DAY_MS;

/** Whether a moment lies between 1970 and 2262. */
export function isStorableInstant({ seconds }: Instant): boolean {
  return seconds >= 0 && seconds < MAX_NANOS_SECONDS;
}

/** Why a moment cannot be an event time, as the end of a sentence that begins with its place; undefined if it can. */
export function eventTimeProblem(instant: Instant, now: Instant): string | undefined {
  if (!isStorableInstant(instant)) return 'must be a time from 1970 to 2262';
  const isFuture = instant.seconds > now.seconds + MAX_FUTURE_MS / 1_000;
  return isFuture ? 'must not lie more than a day after the time of the server' : undefined;
}
