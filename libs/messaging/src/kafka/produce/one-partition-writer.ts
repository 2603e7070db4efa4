import { type AppError, unavailable } from '@fraudflow/core';
import type { FencedWriter } from '../../port/bus.js';
import { partitionName, recordBytes, type OutgoingRecord, type TopicPartition } from '../../port/record.js';
import { DEFAULT_PRODUCER_LIMITS } from '../../producer/batching-producer.js';
import type { IdempotentWriter } from './idempotent-writer.js';

/** Splits a write into batches that the broker accepts. Stops at the first failure, so that no gap can occur. */
export class OnePartitionWriter implements FencedWriter {
  /** The last operation that was started; the next one waits for it. */
  private turn: Promise<unknown> = Promise.resolve();
  private expired: AppError | undefined;

  constructor(
    private readonly writer: IdempotentWriter,
    private readonly target: TopicPartition,
    private readonly renewFence: () => Promise<void>,
  ) {}

  write(records: readonly OutgoingRecord[]): Promise<void> {
    return this.inTurn(() => this.writeNow(records));
  }

  /** Renews the fence at the coordinator, between two writes. @throws kafkajs errors */
  keepAlive(): Promise<void> {
    return this.inTurn(this.renewFence);
  }

  /** Marks the fence as expired: the owner has to create a new writer. */
  expire(cause: unknown): void {
    const text = `the fence of ${partitionName(this.target)} is lost: claim the partition again to get a new one`;
    this.expired = unavailable(text, { code: 'FENCE_EXPIRED', cause });
  }

  private async writeNow(records: readonly OutgoingRecord[]): Promise<void> {
    for (const batch of inBatches(records)) {
      if (this.expired) throw this.expired;
      const failures = await this.writer.writeOne({ ...this.target, records: batch });
      const [first] = failures.values();
      if (first) throw first;
    }
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.turn.then(work);
    this.turn = done.catch(() => undefined);
    return done;
  }
}

function* inBatches(records: readonly OutgoingRecord[]): Generator<OutgoingRecord[]> {
  let batch: OutgoingRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = recordBytes(record);
    if (batch.length > 0 && bytes + size > DEFAULT_PRODUCER_LIMITS.maxPartitionBytes) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(record);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
