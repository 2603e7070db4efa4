import { timedOut } from '@fraudflow/core';

/** Longest time of a timer: Node fires one of more at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** When a caller stops waiting. */
export interface Deadline {
  /** Wall-clock ms since the epoch. */
  readonly atMs: number;
  /** Ms the caller gave, if it did. */
  readonly givenMs: number | undefined;
}

/** The caller's deadline, or one of ours if it set none. @param callerAtMs ms since the epoch, Infinity or undefined for none. */
export function deadlineOf(callerAtMs: number | undefined, nowMs: number, defaultMs: number): Deadline {
  if (callerAtMs === undefined || !Number.isFinite(callerAtMs)) return { atMs: nowMs + defaultMs, givenMs: undefined };
  return { atMs: callerAtMs, givenMs: Math.max(0, Math.round(callerAtMs - nowMs)) };
}

/** Settles as the work does, or rejects when the deadline passes first. The work itself is not stopped. */
export function within<T>(deadline: Deadline, nowMs: number, work: Promise<T>): Promise<T> {
  const leftMs = Math.min(deadline.atMs - nowMs, MAX_TIMER_MS);
  return new Promise<T>((resolve, reject) => {
    const expire = (): void =>
      reject(timedOut('the deadline passed before the answer was ready', { code: 'DEADLINE_PASSED' }));
    const timer = setTimeout(expire, Math.max(0, leftMs));
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** @throws AppError timeout DEADLINE_PASSED, so that nothing is computed for a caller who has gone. */
export function checkDeadline(deadline: Deadline, nowMs: number): void {
  if (nowMs >= deadline.atMs)
    throw timedOut('the deadline passed while the request waited', { code: 'DEADLINE_PASSED' });
}
