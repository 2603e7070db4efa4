import type { FeatureViewDefinition } from '@fraudflow/features';
import type { PushedRow } from './pushed-row.js';

/** What became of the rows of one write. */
export interface WriteOutcome {
  readonly written: number;
  /** Not newer than what is there: late, or created earlier. */
  readonly notNewer: number;
}

/** The newest row per view and entity. */
export abstract class PushedRowStore {
  /**
   * Keeps each row that is newer (by event time, to the nanosecond) than the entity's stored one, atomically per row.
   * Of one event time the row created last counts, and of those the one written last, so that a correction wins here as
   * it does in the archive. Rows of one call count in their order. Writing the same rows again changes nothing.
   * @throws AppError unavailable
   */
  abstract write(view: FeatureViewDefinition, rows: readonly PushedRow[]): Promise<WriteOutcome>;

  /**
   * The newest rows in the order of the keys, in one round trip; undefined = the entity has none, or its bytes are
   * damaged.
   * @throws AppError unavailable
   */
  abstract read(
    view: FeatureViewDefinition,
    entityKeys: readonly string[],
  ): Promise<readonly (PushedRow | undefined)[]>;
}
