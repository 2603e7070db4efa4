import type { featuresV1 } from '@fraudflow/contracts';

/** Columns every data set has before its features; `label` and `labelled_at` stand behind them. */
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

/** A data set's file while it is written: rows as they come, memory bounded by a batch or a row group. */
export interface DatasetFile {
  write(batch: DatasetBatch): Promise<void>;
  /** Ends the file. @param version the data set's digest, kept in the file where the format has a place for it */
  close(version: string): Promise<void>;
}

/** One feature's values out of a batch's row-major ones. */
export function featureColumn({ values }: Pick<DatasetBatch, 'values'>, slot: number, width: number): Float64Array {
  const column = new Float64Array(width === 0 ? 0 : values.length / width);
  for (let row = 0; row < column.length; row++) column[row] = values[row * width + slot] as number;
  return column;
}
