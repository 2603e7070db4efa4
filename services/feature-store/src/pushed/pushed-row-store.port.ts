import type { FeatureViewDefinition } from '@fraudflow/features';
import type { PushedRow } from './pushed-row.js';

/** Result of one write, in numbers of rows. */
export interface WriteOutcome {
  readonly written: number;
  /** Rows that are not newer than the stored one: late, or created earlier. */
  readonly notNewer: number;
}

/** The newest row per view and entity. */
export abstract class PushedRowStore {
  /**
   * Keeps each row that is newer (by event time, to the nanosecond) than the entity's stored one, atomically per row.
   * Among rows of one event time the last created wins, and among those the last written, so that a correction wins as
   * it does in the archive. Rows of one call are applied in their order. Writing the same rows again has no effect.
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
