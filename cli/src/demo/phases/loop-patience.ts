import type { DemoContext } from '../context/demo-context.js';

/** A slow machine, or one whose services are killed, may begin a phase late: it still gets so long for it. */
const LEAST_MS = 60_000;
/**
 * Chances that a step of the loop gets, however slow they come. On a quiet machine all of them are over long before the
 * patience is.
 */
const FAIR_CHANCES = 8;
/** Longest a step may show nothing, its restart after a kill included, for the loop to count as alive. */
const STALL_MS = 120_000;
/** Nothing is waited for longer than this after the history began. */
const MOST_MS = 600_000;

type Clockwork = Pick<DemoContext, 'board' | 'options'>;

/** Time left of the demo's patience, ms. */
export function remainingMs({ board, options }: Clockwork): number {
  return Math.max(LEAST_MS, options.patienceMs - board.sinceMs('history'));
}

/** How far a step of the loop is; both numbers only grow. */
export interface Advance {
  /** Whatever shows that it is at work. */
  readonly signs: number;
  /** Times it could have done what is waited for. */
  readonly chances: number;
}

/**
 * Says, each time it is asked, whether waiting makes sense although the patience is over: while the step is at work and
 * has not had enough chances that the next would not help either.
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
