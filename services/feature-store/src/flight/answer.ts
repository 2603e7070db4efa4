import type { RecordBatch, Schema } from 'apache-arrow';

/** An Arrow table on its way out, made batch by batch. */
export interface Answer {
  readonly schema: Schema;
  readonly batches: AsyncIterable<RecordBatch> | Iterable<RecordBatch>;
}
