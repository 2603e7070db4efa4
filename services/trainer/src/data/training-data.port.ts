import type { TrainingColumns } from './training-columns.js';

export interface TrainingRange {
  /** Event time [fromMs, toMs). */
  readonly fromMs: number;
  readonly toMs: number;
  /** Labels count if they were available by then. */
  readonly asOfMs: number;
  /** Feature service; default: the configured one. */
  readonly featureService?: string;
}

export interface NewestEvent {
  readonly transactionId: string;
  readonly occurredAtMs: number;
}

/** Source of training sets. */
export abstract class TrainingData {
  /**
   * Rows as they were served, with the labels known at `asOfMs`. Late transactions are left out.
   * @param onProgress share of the rows received, 0 to 1
   * @throws AppError unavailable or timeout: try again; the signal's reason when cancelled.
   */
  abstract load(
    range: TrainingRange,
    signal: AbortSignal,
    onProgress: (share: number) => void,
  ): Promise<TrainingColumns>;
  /** The newest transactions by event time, the newest first, at most `limit`; none without history. */
  abstract newestEvents(limit: number): Promise<readonly NewestEvent[]>;
}
