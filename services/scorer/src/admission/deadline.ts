import { timedOut } from '@fraudflow/core';

/** Longest delay of a Node timer: a timer with a longer delay fires immediately. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Instant after which the caller no longer waits for the response. */
export interface Deadline {
  /** Wall-clock ms since the epoch. */
  readonly atMs: number;
  /** Time the caller allowed, ms; undefined if it set no deadline. */
  readonly givenMs: number | undefined;
}

/**
 * The caller's deadline, or the default deadline if the caller set none.
 * @param callerAtMs ms since the epoch; Infinity or undefined for none
 */
export function deadlineOf(callerAtMs: number | undefined, nowMs: number, defaultMs: number): Deadline {
  if (callerAtMs === undefined || !Number.isFinite(callerAtMs)) return { atMs: nowMs + defaultMs, givenMs: undefined };
  return { atMs: callerAtMs, givenMs: Math.max(0, Math.round(callerAtMs - nowMs)) };
}

/**
 * Settles like the work, or rejects when the deadline passes first. The work itself is not stopped.
 * @throws AppError timeout DEADLINE_PASSED
 */
export function within<T>(deadline: Deadline, nowMs: number, work: Promise<T>): Promise<T> {
  const leftMs = Math.min(deadline.atMs - nowMs, MAX_TIMER_MS);
  return new Promise<T>((resolve, reject) => {
    const expire = (): void =>
      reject(timedOut('the deadline passed before the response was ready', { code: 'DEADLINE_PASSED' }));
    const timer = setTimeout(expire, Math.max(0, leftMs));
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Prevents work for a caller that no longer waits. @throws AppError timeout DEADLINE_PASSED */
export function checkDeadline(deadline: Deadline, nowMs: number): void {
  if (nowMs >= deadline.atMs)
    throw timedOut('the deadline passed while the request waited', { code: 'DEADLINE_PASSED' });
}
