import type { AppError } from '@fraudflow/core';
import type { OutgoingRecord, TopicPartition } from './record.js';

/** Records for one partition, in the order to append. Never empty. */
export interface PartitionRecords extends TopicPartition {
  readonly records: readonly OutgoingRecord[];
}

/** The records that are not (or perhaps not) in the log, each with the reason. */
export type Failures = ReadonlyMap<OutgoingRecord, AppError>;

/**
 * The least a log client must offer to produce. Batching, bounds and back-pressure are built on top, once (`BatchingProducer`), which gives
 * it one group per partition at a time.
 */
export interface RecordWriter {
  /**
   * Appends each group to its partition, independently of the others, and calls `settled` once for each when it is known what became of it.
   * After a failure whose outcome is unknown nothing of the same group is written any more.
   * @returns a promise that resolves, and never rejects, when each group is settled or has failed at least once: what is tried again settles later
   */
  write(
    groups: readonly PartitionRecords[],
    settled: (group: PartitionRecords, failures: Failures) => void,
  ): Promise<void>;
  close(): Promise<void>;
}
