import type { FeatureDefinition } from '@fraudflow/features';

/** What is asked for: one row per entity pair and time, column by column. All columns have the length of `atMs`. */
export interface HistoricalRows {
  /** null = the row names no customer; customer features are then missing. */
  readonly customerIds: readonly (string | null)[];
  readonly terminalIds: readonly (string | null)[];
  /** Event time of each row, ms since the Unix epoch. */
  readonly atMs: Float64Array;
  /** A row that names a stored transaction at its own time gets what that transaction was served with. */
  readonly transactionIds?: readonly (string | null)[];
  /** Whole minor units of the base currency, of the transaction in hand; NaN = none. */
  readonly amountMinor?: Float64Array;
}

export interface HistoricalRequest {
  /** Features of any views, stored or not; the answer has one column for each. */
  readonly features: readonly FeatureDefinition[];
  readonly rows: HistoricalRows;
}

export interface HistoricalColumns {
  /**
   * By feature name, one value per row in the order of the request. Computed features are a `Float64Array` with NaN for missing;
   * features of pushed views hold what was pushed, with null for missing.
   */
  readonly columns: ReadonlyMap<string, Float64Array | readonly unknown[]>;
}

/** Features as of any times in the past, exactly one output row per input row. */
export abstract class HistoricalFeatures {
  /**
   * Only what was available at a row's time counts: transactions up to then, labels with labelledAt up to then, pushed rows
   * created by then.
   * @throws AppError invalid_input (`ROWS_UNEQUAL`) if the columns differ in length; `cancelled` if the signal aborts.
   */
  abstract retrieve(request: HistoricalRequest, signal: AbortSignal): Promise<HistoricalColumns>;
}
