import type { FeatureDefinition } from '@fraudflow/features';

/** The rows of a request, one per entity pair and time, column by column. All columns have the length of `atMs`. */
export interface HistoricalRows {
  /** null = the row has no customer; its customer features are missing. */
  readonly customerIds: readonly (string | null)[];
  readonly terminalIds: readonly (string | null)[];
  /** Event time of each row, ms since the Unix epoch. */
  readonly atMs: Float64Array;
  /** A row with the id and the time of a stored transaction gets the values that transaction was served with. */
  readonly transactionIds?: readonly (string | null)[];
  /** Amount of the request's transaction in whole minor units of the base currency; NaN = none. */
  readonly amountMinor?: Float64Array;
}

export interface HistoricalRequest {
  /** Features of any views, stored or not; the response has one column for each. */
  readonly features: readonly FeatureDefinition[];
  readonly rows: HistoricalRows;
}

export interface HistoricalColumns {
  /**
   * By feature name, one value per row in the order of the request. Computed features are a `Float64Array` with NaN for
   * missing. Features of pushed views hold the pushed values, with null for missing.
   */
  readonly columns: ReadonlyMap<string, Float64Array | readonly unknown[]>;
}

/** Features as of any times in the past, with exactly one output row per input row. */
export abstract class HistoricalFeatures {
  /**
   * A row sees only data that was available at its time: transactions up to then, labels with `labelledAt` up to then,
   * and pushed rows created by then.
   * @throws AppError invalid_input (`ROWS_UNEQUAL`) if the columns differ in length; the abort reason if the signal
   * aborts
   */
  abstract retrieve(request: HistoricalRequest, signal: AbortSignal): Promise<HistoricalColumns>;
}
