import { delay, timedOut, unavailable } from '@fraudflow/core';
import type { StackHandle } from '@fraudflow/local';
import type { BenchContext } from '../contract/bench.js';
import type { BenchStack } from '../stack/bench-stack.js';
import type { HistoryTraffic } from './history-traffic.js';
import type { OnlineFeatureReader } from '../load/online-feature-reader.js';
import type { StageStates } from './stage-states.js';

/** Parts of both measurements: a feature store that has processed the whole history. */
export interface RecoveryParts {
  readonly context: BenchContext;
  readonly stack: BenchStack;
  readonly service: StackHandle;
  readonly traffic: HistoryTraffic;
  readonly states: StageStates;
  readonly reader: OnlineFeatureReader;
}

export const FEATURE_STORE = 'feature-store';

/**
 * Polls a condition until it holds. @param what names it in the error.
 * @param sinceMs start of the measured time and of the limit, on the scale of `performance.now()`
 * @returns ms since `sinceMs`
 * @throws AppError timeout after `limitMs`; unavailable if interrupted
 */
export async function pollUntil(
  what: string,
  condition: () => Promise<boolean>,
  { sinceMs, everyMs, limitMs, signal }: { sinceMs: number; everyMs: number; limitMs: number; signal: AbortSignal },
): Promise<number> {
  while (!(await condition())) {
    if (signal.aborted) throw unavailable('the bench was interrupted', { code: 'INTERRUPTED' });
    if (performance.now() - sinceMs > limitMs) throw timedOut(`${what} took more than ${limitMs / 1_000} s`);
    await delay(everyMs, signal);
  }
  return performance.now() - sinceMs;
}

/** Waits until every record is committed. */
export function untilCaughtUp({ states, context }: RecoveryParts): Promise<number> {
  return pollUntil('catching up', async () => (await states.behind()) === 0, {
    sinceMs: performance.now(),
    everyMs: 100,
    limitMs: 120_000,
    signal: context.host.interrupted,
  });
}
