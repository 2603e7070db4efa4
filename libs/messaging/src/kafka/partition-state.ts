import type { TopicPartition } from '../port/record.js';

/**
 * - `opening`: its start is being looked up.
 * - `ready`: may be fetched.
 * - `busy`: a batch of it is being handled.
 * - `paused`: rests for a while.
 */
export type PartitionPhase = 'opening' | 'ready' | 'busy' | 'paused';

/** One held partition: where it is read, and whether it may be fetched now. */
export class PartitionState implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  phase: PartitionPhase = 'opening';
  /** Where its reader was told to read on; batches say that they were asked for from here. */
  position = 0;
  /** Where the next fetch starts: behind control records, which nobody sees, or at the start of a log that was cut. */
  fetchFrom = 0;
  leader: number | undefined;
  /** What was deleted unread before this offset has been told. */
  lostUntil = 0;
  /** Bytes to ask for while the next batch in the log is larger than usual; undefined otherwise. */
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
