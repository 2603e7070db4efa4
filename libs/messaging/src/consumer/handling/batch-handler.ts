import type { DecodedRecord } from './decoded-record.js';

/** Describes the batch that is passed to a handler. */
export interface BatchContext {
  readonly topic: string;
  readonly partition: number;
  readonly groupId: string;
  readonly firstOffset: number;
  readonly lastOffset: number;
  /** The stage's epoch on this partition; 0 for plain consumers. */
  readonly epoch: number;
  /** Aborted on rebalance and stop: finish running effects and start no waits. */
  readonly signal: AbortSignal;
  /** Call about every second in longer work; otherwise the group reassigns the partition. Never throws. */
  heartbeat(): Promise<void>;
  /**
   * Sends an invalid record to the dead-letter topic, with the error's code and reason. It is written before the offset
   * is committed.
   */
  reject(record: DecodedRecord, reason: Error): void;
}

/**
 * Handles records of one partition in offset order, one batch of a partition at a time. A record may be delivered again
 * after a crash or a retry, so effects must be idempotent. Throw a retryable AppError for a transient fault (the same
 * batch is retried), any other error for bad records (the batch is bisected until the bad records are found and
 * dead-lettered).
 */
export type BatchHandler<Value = unknown> = (
  records: readonly DecodedRecord<Value>[],
  context: BatchContext,
) => Promise<void>;

/** One concern around a handler. */
export type Middleware = <Value>(next: BatchHandler<Value>) => BatchHandler<Value>;

/** The first middleware is the outermost. */
export function compose<Value>(middlewares: readonly Middleware[], handler: BatchHandler<Value>): BatchHandler<Value> {
  return middlewares.reduceRight<BatchHandler<Value>>((next, wrap) => wrap(next), handler);
}
