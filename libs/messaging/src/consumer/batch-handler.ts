import type { DecodedRecord } from './decoded-record.js';

/** What a handler knows about the batch it is given. */
export interface BatchContext {
  readonly topic: string;
  readonly partition: number;
  readonly groupId: string;
  readonly firstOffset: number;
  readonly lastOffset: number;
  /** The stage's epoch on this partition; 0 for plain consumers. */
  readonly epoch: number;
  /** Aborted on rebalance and stop: bring running effects to an end, do not begin to wait. */
  readonly signal: AbortSignal;
  /** Call about every second in longer work, or the group takes the partition away. Never throws. */
  heartbeat(): Promise<void>;
  /** Sends a record that breaks a rule to the dead-letter topic, with the error's code and reason. Awaited before the offset is committed. */
  reject(record: DecodedRecord, reason: Error): void;
}

/**
 * Handles records of one partition, in offset order, never two batches of a partition at once. May see a record again after a
 * crash or retry: make the effect idempotent. Throw a retryable AppError for a fault that passes (the same batch comes again), anything else for bad
 * records (the batch is split until the guilty ones are found, which are dead-lettered).
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
