import { delay, timedOut, unavailable } from '@fraudflow/core';
import type { StackHandle } from '@fraudflow/local';
import type { BenchContext } from '../contract/bench.js';
import type { BenchStack } from '../stack/bench-stack.js';
import type { HistoryTraffic } from './history-traffic.js';
import type { OnlineAnswers } from '../load/online-answers.js';
import type { StageStates } from './stage-states.js';

/** What both measurements work on: a feature store that holds the whole history. */
export interface RecoveryParts {
  readonly context: BenchContext;
  readonly stack: BenchStack;
  readonly service: StackHandle;
  readonly traffic: HistoryTraffic;
  readonly states: StageStates;
  readonly answers: OnlineAnswers;
}

export const FEATURE_STORE = 'feature-store';

/**
 * Looks again and again until it holds. @returns ms since `sinceMs`, on the scale of `performance.now()`
 * @throws AppError timeout after `limitMs`; unavailable if interrupted
 */
export async function untilHolds(
  what: string,
  look: () => Promise<boolean>,
  { sinceMs, everyMs, limitMs, signal }: { sinceMs: number; everyMs: number; limitMs: number; signal: AbortSignal },
): Promise<number> {
  while (!(await look())) {
    if (signal.aborted) throw unavailable('the bench was interrupted', { code: 'INTERRUPTED' });
    if (performance.now() - sinceMs > limitMs) throw timedOut(`${what} took more than ${limitMs / 1_000} s`);
    await delay(everyMs, signal);
  }
  return performance.now() - sinceMs;
}

/** Waits until nothing is under way any more. */
export function untilCaughtUp({ states, context }: RecoveryParts): Promise<number> {
  return untilHolds('catching up', async () => (await states.behind()) === 0, {
    sinceMs: performance.now(),
    everyMs: 100,
    limitMs: 120_000,
    signal: context.cli.interrupted,
  });
}
