import type { BatchControl } from '../port/bus.js';
import type { RawBatch, TopicPartition } from '../port/record.js';
import type { BatchContext, BatchHandler } from './handling/batch-handler.js';

/** Strategy of a subscription: decides where to start, which batches to skip, and how a position becomes durable. */
export interface PartitionDriver<Value> {
  /** See BusConsumerHandlers.assigned. */
  assigned?(target: TopicPartition, signal: AbortSignal): Promise<number | undefined>;
  revoked?(target: TopicPartition): void;
  /**
   * The offset to seek to instead of handling this batch, or undefined to handle it; `pauseMs` pauses the partition.
   */
  redirect?(batch: RawBatch): Promise<{ nextOffset: number; pauseMs?: number } | undefined>;
  readonly handle: BatchHandler<Value>;
  /** Makes the position durable: all records below `nextOffset` are handled or dead-lettered. */
  finish(nextOffset: number, context: BatchContext, control: BatchControl): Promise<void>;
  /**
   * Called about once a second, also on idle partitions. True if the partition's state is lost, so that the partition
   * has to be assigned again.
   */
  watch?(target: TopicPartition): Promise<boolean>;
  epochOf?(target: TopicPartition): number;
}

/**
 * At-least-once: commits the group's offset after the effect. For sinks that are idempotent or keep their own offsets.
 */
export function groupDriver<Value>(handle: BatchHandler<Value>): PartitionDriver<Value> {
  return { handle, finish: (nextOffset, _context, control) => control.commit(nextOffset) };
}
