import { defined } from '@fraudflow/core';
import { waitFor } from '../wait-for.js';
import type { Worker } from './worker.js';

/** Longest a supervisor takes to start a worker again that has died often. */
export const RESTART_LIMIT_MS = 60_000;

/**
 * Kills one of those that run or are starting, at random, and waits until it is gone: so every kill ends a process. A supervisor rests the longer
 * the more often its worker died, so all of them may be gone at the moment.
 */
export async function killOne(workers: readonly Worker[], random: () => number): Promise<void> {
  const alive = await waitFor(
    'a worker to be started again',
    async () => workers.filter(({ isAlive }) => isAlive),
    ({ length }) => length > 0,
    RESTART_LIMIT_MS,
  );
  const victim = defined(alive[Math.floor(random() * alive.length)], 'a worker');
  const { restarts } = victim;
  victim.kill();
  await waitFor(
    `${victim.name} to be gone`,
    async () => !victim.isAlive || victim.restarts > restarts,
    (isGone) => isGone,
    RESTART_LIMIT_MS,
    1,
  );
}

/** How often these were started again, once it is so often or the time is up. */
export function restartsOf(workers: readonly Worker[], expected: number): Promise<number> {
  return waitFor(
    'every killed worker to be started again',
    async () => workers.reduce((sum, worker) => sum + worker.restarts, 0),
    (count) => count >= expected,
    RESTART_LIMIT_MS,
  );
}
