import { asError, delay } from '@fraudflow/core';
import type { Logger } from '@fraudflow/observability';
import type { BatchContext, Middleware } from './batch-handler.js';
import { classify } from './failure.js';
import type { MessagingMetrics } from './messaging-metrics.js';

export interface RetryOptions {
  readonly firstBackoffMs?: number;
  readonly lastBackoffMs?: number;
  readonly logger: Logger;
  readonly metrics?: MessagingMetrics | undefined;
}

const HEARTBEAT_MS = 1_000;

/**
 * Retries a batch in place while its error is transient, with backoff and heartbeats, for as long as the partition is
 * assigned: skipping it would lose records, and dead-lettering it would reject valid ones.
 */
export function retried(options: RetryOptions): Middleware {
  return (next) => (records, context) => retryTransient(options, context, () => next(records, context));
}

/** The same for any piece of work on a batch. Throws the last error only when the partition is being revoked. */
export async function retryTransient<T>(
  options: RetryOptions,
  context: BatchContext,
  work: () => Promise<T>,
): Promise<T> {
  const { firstBackoffMs = 50, lastBackoffMs = 5_000, logger, metrics } = options;
  for (let attempt = 1, backoffMs = firstBackoffMs; ; attempt++, backoffMs = Math.min(backoffMs * 2, lastBackoffMs)) {
    try {
      return await work();
    } catch (thrown) {
      if (classify(thrown) !== 'passing' || context.signal.aborted) throw thrown;
      metrics?.retries.inc({ topic: context.topic, group: context.groupId });
      const { topic, partition, firstOffset } = context;
      logger.warn({
        event: 'batch_retry',
        topic,
        partition,
        firstOffset,
        attempt,
        backoffMs,
        error: asError(thrown).message,
      });
      await waitAlive(backoffMs, context);
      if (context.signal.aborted) throw thrown;
    }
  }
}

/** Waits and sends heartbeats during the wait. Ends early when the signal aborts. */
export async function waitAlive(ms: number, context: Pick<BatchContext, 'signal' | 'heartbeat'>): Promise<void> {
  for (let left = ms; left > 0 && !context.signal.aborted; left -= HEARTBEAT_MS) {
    await delay(Math.min(left, HEARTBEAT_MS), context.signal);
    await context.heartbeat();
  }
}
