import type { TrainingColumns } from './training-columns.js';

export interface TrainingRange {
  /** Event time [fromMs, toMs). */
  readonly fromMs: number;
  readonly toMs: number;
  /** Labels count if they were available by then. */
  readonly asOfMs: number;
}

/** Where training sets come from. */
export abstract class TrainingData {
  /**
   * Rows as they were served, with the labels known at `asOfMs`.
   * @param onProgress share of the rows received, 0 to 1
   * @throws AppError unavailable or timeout: try again; the signal's reason when cancelled.
   */
  abstract load(
    range: TrainingRange,
    signal: AbortSignal,
    onProgress: (share: number) => void,
  ): Promise<TrainingColumns>;
  /** Event time of the newest transaction, ms; undefined without history. */
  abstract newestEventMs(): Promise<number | undefined>;
}
