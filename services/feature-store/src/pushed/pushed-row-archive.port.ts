import type { FeatureViewDefinition } from '@fraudflow/features';
import type { PushedRow } from './pushed-row.js';

/** Every row ever pushed to the offline store, for point-in-time reads. */
export abstract class PushedRowArchive {
  /**
   * Adds rows. A row that equals the newest one of its entity and event time is left out, so that a repeated call adds
   * nothing.
   * @throws AppError invalid_input `ROW_REFUSED` for values that cannot be stored; unavailable
   */
  abstract append(view: FeatureViewDefinition, rows: readonly PushedRow[]): Promise<void>;

  /**
   * The rows of some entities with an event time in a span, in pages, ordered by entity key, event time, creation time
   * and arrival: among rows with one event time, a join uses the last. All pages are from one snapshot of the archive.
   * @throws AppError unavailable
   */
  abstract rowsOf(
    view: FeatureViewDefinition,
    entityKeys: readonly string[],
    span: EventSpan,
  ): AsyncIterable<readonly PushedRow[]>;

  /**
   * All rows of a view with an event time in a span, in pages, ordered by event time, creation time and arrival. All
   * pages are from one snapshot of the archive.
   * @throws AppError unavailable
   */
  abstract rowsIn(view: FeatureViewDefinition, span: EventSpan): AsyncIterable<readonly PushedRow[]>;
}

/** Event times in ms since the epoch, both ends included. */
export interface EventSpan {
  readonly fromMs: number;
  readonly untilMs: number;
}
