import type { DemoContext } from '../context/demo-context.js';

/** Time for a phase that begins late, on a slow machine or after kills of services. */
const LEAST_MS = 60_000;
/**
 * Number of attempts that a step of the loop gets, however slow they are. On an idle machine they take less than the
 * patience.
 */
const FAIR_CHANCES = 8;
/** Longest time without progress of a step, including a restart after a kill. */
const STALL_MS = 120_000;
/** Upper bound of the time since the begin of the history. */
const MOST_MS = 600_000;

type Clockwork = Pick<DemoContext, 'board' | 'options'>;

/** Time left of the demo's patience, ms. */
export function remainingMs({ board, options }: Clockwork): number {
  return Math.max(LEAST_MS, options.patienceMs - board.sinceMs('history'));
}

/** Progress of a step of the loop; both numbers only grow. */
export interface Advance {
  /** Anything that grows while the step works. */
  readonly signs: number;
  /** Number of completed attempts. */
  readonly chances: number;
}

/**
 * Decides at each poll whether to wait longer although the patience is over: while the step makes progress and has not
 * had all its attempts.
 */
export function whileAtWork(
  { board }: Pick<DemoContext, 'board'>,
  advance: () => Advance,
  nowMs: () => number = () => performance.now(),
): () => boolean {
  const first = advance();
  let seen = first.signs;
  let seenAtMs = nowMs();
  return () => {
    const { signs, chances } = advance();
    if (signs > seen) seenAtMs = nowMs();
    seen = signs;
    const isFair = chances - first.chances >= FAIR_CHANCES;
    return !isFair && nowMs() - seenAtMs < STALL_MS && board.sinceMs('history') < MOST_MS;
  };
}
