import type { TopicPartition } from '../../port/record.js';

/**
 * - `opening`: the start offset is being determined.
 * - `ready`: may be fetched.
 * - `busy`: a batch of it is being handled.
 * - `paused`: waits for a timer.
 */
export type PartitionPhase = 'opening' | 'ready' | 'busy' | 'paused';

/** One assigned partition: its read position, and whether it may be fetched now. */
export class PartitionState implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  phase: PartitionPhase = 'opening';
  /** Next offset of the reader, which batches report as `fetchOffset`. */
  position = 0;
  /**
   * Offset of the next fetch: after control records, which are invisible to readers, or at the start of a truncated
   * log.
   */
  fetchFrom = 0;
  leader: number | undefined;
  /** Deleted unread records before this offset have been reported. */
  lostUntil = 0;
  /** Bytes to request while the next batch in the log is larger than usual; undefined otherwise. */
  largeFetchBytes: number | undefined;

  constructor({ topic, partition }: TopicPartition) {
    this.topic = topic;
    this.partition = partition;
  }

  moveTo(offset: number): void {
    this.position = offset;
    this.fetchFrom = offset;
  }
}
