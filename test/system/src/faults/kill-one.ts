import { defined } from '@fraudflow/core';
import { waitFor } from '../wait-for.js';
import type { Worker } from './worker.js';

/** Longest backoff of a supervisor before it restarts a worker that has died often. */
export const RESTART_LIMIT_MS = 60_000;

/**
 * Kills a random worker that is running or starting, and waits until its process has ended. The backoff of a supervisor
 * grows with the number of deaths, so temporarily no worker may have a process; then this waits for one.
 */
export async function killOne(workers: readonly Worker[], random: () => number): Promise<void> {
  const alive = await waitFor(
    'the restart of a worker',
    async () => workers.filter(({ isAlive }) => isAlive),
    ({ length }) => length > 0,
    RESTART_LIMIT_MS,
  );
  const victim = defined(alive[Math.floor(random() * alive.length)], 'a worker');
  const { restarts } = victim;
  victim.kill();
  await waitFor(
    `${victim.name} to end`,
    async () => !victim.isAlive || victim.restarts > restarts,
    (isGone) => isGone,
    RESTART_LIMIT_MS,
    1,
  );
}

/** Total restarts of these workers, once they reach `expected`. @throws Error after the limit */
export function restartsOf(workers: readonly Worker[], expected: number): Promise<number> {
  return waitFor(
    'the restart of every killed worker',
    async () => workers.reduce((sum, worker) => sum + worker.restarts, 0),
    (count) => count >= expected,
    RESTART_LIMIT_MS,
  );
}
