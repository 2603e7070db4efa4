import type { DemoContext } from '../demo-context.js';

/** A slow machine, or one whose services are killed, may begin a phase late: it still gets so long for it. */
const LEAST_MS = 60_000;
/** Challengers that get their chance, however slow they come. On a quiet machine so many have ended long before the patience has. */
const FAIR_TRAININGS = 8;
/** Longest a training may take, its restart after a kill included, for the loop to count as alive. */
const STALL_MS = 120_000;
/** Nothing is waited for longer than this after the history began. */
const MOST_MS = 480_000;

type Clockwork = Pick<DemoContext, 'board' | 'options'>;

/** Time left of the demo's patience, ms. */
export function remainingMs({ board, options }: Clockwork): number {
  return Math.max(LEAST_MS, options.patienceMs - board.sinceMs('history'));
}

/**
 * Says, each time it is asked, whether waiting for a better model makes sense although the patience is over: while trainings end one after
 * the other and not so many have that the next would not help either.
 */
export function whileTrainingsGoOn(
  { board }: Pick<DemoContext, 'board'>,
  ended: () => number,
  nowMs: () => number = () => performance.now(),
): () => boolean {
  const first = ended();
  let seen = first;
  let progressedAtMs = nowMs();
  return () => {
    const count = ended();
    if (count > seen) progressedAtMs = nowMs();
    seen = count;
    const isFair = count - first >= FAIR_TRAININGS;
    return !isFair && nowMs() - progressedAtMs < STALL_MS && board.sinceMs('history') < MOST_MS;
  };
}
