import type { RecordBatch, Schema } from 'apache-arrow';

/** An Arrow table to be sent, computed batch by batch. */
export interface ArrowResponse {
  readonly schema: Schema;
  readonly batches: AsyncIterable<RecordBatch> | Iterable<RecordBatch>;
}
