import type { EachBatchPayload } from 'kafkajs';
import { asError, delay, failedPrecondition, unavailable } from '@fraudflow/core';
import type { BatchControl } from '../port/bus.js';
import type { RawBatch } from '../port/record.js';
import type { Assignment } from './assignment.js';
import { isLostMembership, isRebalance } from './kafka-errors.js';

const COMMIT_ATTEMPTS = 5;
const COMMIT_RETRY_MS = 100;

/** One call of kafkajs's `eachBatch`: keeps its rebalance errors back until the batch has ended. */
export class BatchRun implements BatchControl {
  private rebalance: unknown;

  constructor(
    private readonly payload: EachBatchPayload,
    private readonly batch: RawBatch,
    private readonly assignment: Assignment,
  ) {}

  get signal(): AbortSignal {
    return this.assignment.signal;
  }

  async heartbeat(): Promise<void> {
    try {
      await this.payload.heartbeat();
    } catch (thrown) {
      this.note(thrown);
    }
  }

  /**
   * Through kafkajs's inner commit: its `consumer.commitOffsets` silently does nothing once the consumer is stopping, and the
   * last batch's work would be done twice.
   */
  async commit(nextOffset: number): Promise<void> {
    const { topic, partition } = this.batch;
    const offsets = { topics: [{ topic, partitions: [{ partition, offset: String(nextOffset) }] }] };
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.payload.commitOffsetsIfNecessary(offsets);
      } catch (thrown) {
        this.note(thrown);
        if (isLostMembership(thrown))
          throw failedPrecondition(`${topic}:${partition} was given to another member`, {
            code: 'FENCED',
            cause: thrown,
          });
        if (attempt === COMMIT_ATTEMPTS || this.signal.aborted) {
          throw unavailable(`committing ${topic}:${partition}: ${asError(thrown).message}`, {
            code: 'COMMIT_FAILED',
            cause: thrown,
          });
        }
        await delay(COMMIT_RETRY_MS * attempt, this.signal);
      }
    }
  }

  /** Lets kafkajs see the rebalance now that the batch is done, so that it joins again. */
  rethrowRebalance(): void {
    if (this.rebalance !== undefined) throw this.rebalance;
  }

  private note(thrown: unknown): void {
    if (!isRebalance(thrown)) return;
    this.rebalance ??= thrown;
    this.assignment.end();
  }
}
