import type { featuresV1 } from '@fraudflow/contracts';

/** Columns before the features of every data set; `label` and `labelled_at` follow the features. */
export interface DatasetBatch extends Pick<
  featuresV1.GetTrainingSetResponse,
  | 'transactionIds'
  | 'customerIds'
  | 'terminalIds'
  | 'currencies'
  | 'occurredAtMs'
  | 'amountMinor'
  | 'labels'
  | 'labelledAtMs'
  | 'values'
> {}

/** Writer of a data set's file. Memory is bounded by a batch or a row group. */
export interface DatasetFile {
  write(batch: DatasetBatch): Promise<void>;
  /** Ends the file. @param version the data set's digest, stored in the file if the format has a field for it */
  close(version: string): Promise<void>;
}

/** The values of one feature from the row-major values of a batch. */
export function featureColumn({ values }: Pick<DatasetBatch, 'values'>, slot: number, width: number): Float64Array {
  const column = new Float64Array(width === 0 ? 0 : values.length / width);
  for (let row = 0; row < column.length; row++) column[row] = values[row * width + slot] as number;
  return column;
}
