import type { FeatureViewDefinition } from '@fraudflow/features';
import type { PushedRow } from './pushed-row.js';

/** Every row ever pushed to the offline store, for point-in-time reads. */
export abstract class PushedRowArchive {
  /**
   * Adds rows. A row that repeats the newest one of its entity and event time is left out, so that a repeated call adds nothing.
   * @throws AppError unavailable
   */
  abstract append(view: FeatureViewDefinition, rows: readonly PushedRow[]): Promise<void>;

  /**
   * All rows of some entities whose event time is not after `untilMs`, ordered by entity key, event time, time of creation and
   * arrival: of several rows with one event time the last is the one to join.
   * @param untilMs milliseconds since the epoch, inclusive
   * @throws AppError unavailable
   */
  abstract rowsOf(
    view: FeatureViewDefinition,
    entityKeys: readonly string[],
    untilMs: number,
  ): Promise<readonly PushedRow[]>;
}
