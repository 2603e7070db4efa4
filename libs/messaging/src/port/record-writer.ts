import type { AppError } from '@fraudflow/core';
import type { OutgoingRecord, TopicPartition } from './record.js';

/** Records for one partition, in the order to append. Never empty. */
export interface PartitionRecords extends TopicPartition {
  readonly records: readonly OutgoingRecord[];
}

/**
 * The least a log client must offer to produce: one request at a time, at most one group per partition. Batching, bounds and
 * back-pressure are built on top, once (`BatchingProducer`).
 */
export interface RecordWriter {
  /** Returns the records that are not (or perhaps not) in the log, each with the reason; never throws. */
  write(groups: readonly PartitionRecords[]): Promise<ReadonlyMap<OutgoingRecord, AppError>>;
  close(): Promise<void>;
}
