import type { FeatureDefinition, FeatureViewDefinition } from '@fraudflow/features';
import type { FeatureColumn } from './arrow-columns.js';

/** Rows of one view, column by column, all of one length. */
export interface ViewRows {
  /** Ids of the entities, in the order of the view's entities. */
  readonly entityIds: readonly (readonly string[])[];
  /** Event times in nanoseconds since the Unix epoch. */
  readonly eventNanos: BigInt64Array;
  /** One column per feature asked for, in that order. */
  readonly values: readonly FeatureColumn[];
}

/** What of a view's history is read. */
export interface HistoryWish {
  readonly view: FeatureViewDefinition;
  /** Features of the view. */
  readonly features: readonly FeatureDefinition[];
  /** Event times, both ends included. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Every row a view ever had. */
export abstract class ViewHistory {
  /**
   * Rows in pages, in any order; of several rows of one entity and event time the one that counts comes last.
   * @throws AppError unavailable
   */
  abstract rows(wish: HistoryWish, signal: AbortSignal): AsyncIterable<ViewRows>;
}
