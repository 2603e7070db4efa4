import type { FeatureDefinition, FeatureViewDefinition } from '@fraudflow/features';
import type { FeatureColumn } from './arrow-columns.js';

/** Rows of one view, column by column, all of one length. */
export interface ViewRows {
  /** Ids of the entities, in the order of the view's entities. */
  readonly entityIds: readonly (readonly string[])[];
  /** Event times in nanoseconds since the Unix epoch. */
  readonly eventNanos: BigInt64Array;
  /** One column per requested feature, in request order. */
  readonly values: readonly FeatureColumn[];
}

/** Selects a part of a view's history. */
export interface HistoryQuery {
  readonly view: FeatureViewDefinition;
  /** Features of the view. */
  readonly features: readonly FeatureDefinition[];
  /** Event times, both ends included. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Reads the history of a view. */
export abstract class ViewHistory {
  /**
   * Rows in pages, in any order. Of several rows with one entity and event time, the last one is valid.
   * @throws AppError unavailable
   */
  abstract rows(query: HistoryQuery, signal: AbortSignal): AsyncIterable<ViewRows>;
}
