import { featuresV1 } from '@fraudflow/contracts';
import { delay, isRetryable } from '@fraudflow/core';
import type { Backfill, BackfillClient } from './backfill-client.js';

const EVERY_MS = 500;
/** Longer than a killed worker needs to restart and to continue the backfill. */
const PATIENCE_MS = 60_000;

export interface WatchOptions {
  readonly signal: AbortSignal;
  /** Interval of the polls, ms. */
  readonly everyMs?: number;
  /** How long a feature store may be unavailable, ms. */
  readonly patienceMs?: number;
}

/**
 * Polls a backfill until it has ended or the signal aborts; yields each state. An unavailable feature store is polled
 * again.
 * @throws AppError unavailable when it stays unavailable
 */
export async function* watchBackfill(
  client: Pick<BackfillClient, 'get'>,
  begun: Backfill,
  { signal, everyMs = EVERY_MS, patienceMs = PATIENCE_MS }: WatchOptions,
): AsyncGenerator<Backfill> {
  let backfill = begun;
  let answeredAtMs = performance.now();
  while (true) {
    yield backfill;
    if (!isRunning(backfill)) return;
    await delay(everyMs, signal);
    if (signal.aborted) return;
    try {
      backfill = await client.get(backfill.id);
      answeredAtMs = performance.now();
    } catch (thrown) {
      if (!isRetryable(thrown) || performance.now() - answeredAtMs > patienceMs) throw thrown;
    }
  }
}

export function isRunning({ state }: Backfill): boolean {
  return state === featuresV1.BackfillState.BACKFILL_STATE_RUNNING;
}
