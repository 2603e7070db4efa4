import type { BatchControl } from '../port/bus.js';
import type { RawBatch, TopicPartition } from '../port/record.js';
import type { BatchContext, BatchHandler } from './batch-handler.js';

/** What kind of reader stands behind a subscription: it decides where to start, what to skip, and when a position is safe. */
export interface PartitionDriver<Value> {
  /** See BusConsumerHandlers.assigned. */
  assigned?(target: TopicPartition, signal: AbortSignal): Promise<number | undefined>;
  revoked?(target: TopicPartition): void;
  /** The position to go to instead of handling this batch, or undefined to handle it; `pauseMs` to leave it alone. */
  redirect?(batch: RawBatch): Promise<{ nextOffset: number; pauseMs?: number } | undefined>;
  readonly handle: BatchHandler<Value>;
  /** Everything below `nextOffset` is handled or set aside: make it durable. */
  finish(nextOffset: number, context: BatchContext, control: BatchControl): Promise<void>;
  /**
   * Called about once a second, also while no record comes. True if what the partition stands on is gone, so that it has to be assigned
   * anew although it stayed ours.
   */
  watch?(target: TopicPartition): Promise<boolean>;
  epochOf?(target: TopicPartition): number;
}

/** At-least-once: the group's offset is committed after the effect. For sinks that are idempotent or keep their own offsets. */
export function groupDriver<Value>(handle: BatchHandler<Value>): PartitionDriver<Value> {
  return { handle, finish: (nextOffset, _context, control) => control.commit(nextOffset) };
}
