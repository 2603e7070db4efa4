import type { FeatureServiceDefinition } from '@fraudflow/features';
import type { FeatureMatrix } from './feature-matrix.js';

/** What is read of a file, and which of its rows are kept. */
export interface HistoryRange {
  readonly service: FeatureServiceDefinition;
  /** Earlier rows only build up the state of the features, ms. */
  readonly keepFromMs: number;
  /** Rows at or after it are skipped: they reach neither features nor labels, ms. */
  readonly endMs: number;
  /** Age at which the label of a fraud becomes known. */
  readonly labelDelayMs: number;
}

/** The first or the last row read, in file order. */
export interface RowPosition {
  readonly transactionId: string;
  readonly occurredAtMs: number;
}

/** Which rows of the file reached the features. */
export interface ReadRows {
  readonly count: number;
  readonly first: RowPosition | undefined;
  readonly last: RowPosition | undefined;
  /** Event times of the oldest and the newest row read; NaN without a row. */
  readonly oldestMs: number;
  readonly newestMs: number;
  /** Rows skipped because they are at or after the end of the range. */
  readonly skippedAfterEnd: number;
  /** Rows whose id was read before: dropped, as by the stream. */
  readonly repeated: number;
  /** Rows too late for the windows of their card or terminal: they count in no window and are not kept. */
  readonly late: number;
  /** SHA-256 of the rows read, as canonical text lines in file order; rows skipped do not count. */
  readonly sha256: string;
}

/** The kept rows as columns with their features, in file order. */
export interface History {
  readonly featureNames: readonly string[];
  readonly features: FeatureMatrix;
  readonly transactionIds: readonly string[];
  /** Number of each row's card, from 0 in order of appearance. */
  readonly cardIds: Int32Array;
  /** Event times, ms. */
  readonly occurredAtMs: Float64Array;
  /** 1 fraud, 0 genuine: the final labels. */
  readonly labels: Float32Array;
  /** When the fraud label became known, ms; 0 = no label. */
  readonly labelledAtMs: Float64Array;
  /** Major units. */
  readonly amounts: Float64Array;
  /** Kind of simulated fraud; 0 for a genuine row or an unknown kind. */
  readonly scenarios: Uint16Array;
  readonly read: ReadRows;
}
