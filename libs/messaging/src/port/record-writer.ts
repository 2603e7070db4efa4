import type { AppError } from '@fraudflow/core';
import type { OutgoingRecord, TopicPartition } from './record.js';

/** Records for one partition, in the order to append. Never empty. */
export interface PartitionRecords extends TopicPartition {
  readonly records: readonly OutgoingRecord[];
}

/** The records that are not, or perhaps not, in the log, each with the reason. */
export type Failures = ReadonlyMap<OutgoingRecord, AppError>;

/**
 * Minimal interface of a log client for producing. `BatchingProducer` adds batching, limits and back-pressure, and
 * passes one group per partition at a time.
 */
export interface RecordWriter {
  /**
   * Appends each group to its partition, independently of the others, and calls `settled` once per group when its
   * outcome is known. After a failure with unknown outcome nothing more of the same group is written.
   * @returns a promise that resolves, and never rejects, when each group is settled or has failed at least once: a
   * group that is retried settles later
   */
  write(
    groups: readonly PartitionRecords[],
    settled: (group: PartitionRecords, failures: Failures) => void,
  ): Promise<void>;
  close(): Promise<void>;
}
