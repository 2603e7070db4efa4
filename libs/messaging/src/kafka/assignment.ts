import type { Consumer, EachBatchPayload } from 'kafkajs';
import { asError, delay } from '@fraudflow/core';
import type { Logger } from '@fraudflow/observability';
import type { BatchOutcome, BusConsumerHandlers } from '../port/bus.js';
import { partitionName, type RawBatch, type TopicPartition } from '../port/record.js';

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

/** The partitions of one group generation: brings each to its start position, moves, pauses and resumes it. */
export class Assignment {
  private readonly ended = new AbortController();
  /** Where each partition was last told to read on. kafkajs moves over control records by itself and does not say so. */
  private readonly positions = new Map<string, number>();

  constructor(
    private readonly consumer: Consumer,
    readonly partitions: readonly TopicPartition[],
    private readonly handlers: BusConsumerHandlers,
    private readonly logger: Logger,
  ) {}

  get signal(): AbortSignal {
    return this.ended.signal;
  }

  /** Pauses everything at once, then resumes each partition as soon as its start position is known. */
  begin(): void {
    for (const target of this.partitions) this.consumer.pause([asPartitions(target)]);
    for (const target of this.partitions) void this.open(target);
  }

  end(): void {
    this.ended.abort();
  }

  /** The offset that was asked for when kafkajs fetched from `fetchedOffset`: less where it went over records nobody sees. */
  askedFor(target: TopicPartition, fetchedOffset: number): number {
    return Math.min(this.positions.get(partitionName(target)) ?? fetchedOffset, fetchedOffset);
  }

  /** Where the next fetch of the partition starts, and when. */
  moveTo(payload: EachBatchPayload, batch: RawBatch, outcome: BatchOutcome): void {
    if (this.signal.aborted) return;
    const { nextOffset, pauseMs } = outcome;
    this.positions.set(partitionName(batch), nextOffset);
    if (nextOffset === batch.nextOffset) payload.resolveOffset(String(nextOffset - 1));
    else this.consumer.seek({ topic: batch.topic, partition: batch.partition, offset: String(nextOffset) });
    if (pauseMs !== undefined && pauseMs > 0) this.pause(batch, pauseMs);
  }

  pause(target: TopicPartition, forMs: number): void {
    if (this.signal.aborted) return;
    this.consumer.pause([asPartitions(target)]);
    void delay(forMs, this.signal).then(() => this.resume(target));
  }

  private async open(target: TopicPartition): Promise<void> {
    for (let retryMs = FIRST_RETRY_MS; !this.signal.aborted; retryMs = Math.min(retryMs * 2, LAST_RETRY_MS)) {
      try {
        const start = await this.handlers.assigned?.(target, this.signal);
        if (this.signal.aborted) return;
        if (start !== undefined) {
          this.positions.set(partitionName(target), start);
          this.consumer.seek({ ...target, offset: String(start) });
        }
        return this.resume(target);
      } catch (thrown) {
        if (this.signal.aborted) return;
        this.logger.error({ event: 'assignment_failed', ...target, retryMs, error: asError(thrown).message });
        await delay(retryMs, this.signal);
      }
    }
  }

  private resume(target: TopicPartition): void {
    // After the end, kafkajs may have no group any more, or the partition belongs to the next generation.
    if (!this.signal.aborted) this.consumer.resume([asPartitions(target)]);
  }
}

function asPartitions({ topic, partition }: TopicPartition): { topic: string; partitions: number[] } {
  return { topic, partitions: [partition] };
}
