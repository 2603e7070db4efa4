import type { FeatureDtype, FeatureViewKind } from '@fraudflow/features';
import type { FrequentKey } from '@fraudflow/stats';

/** Time from a row's event to its being written, ms; NaN while nothing was counted. Negative lags count as 0. */
export interface LagFigures {
  /** Rows of the last minute; 0 = there were none, and the quantiles are of all rows. */
  readonly recentRows: number;
  /** Quantiles are within 1.6 %. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface FlowFigures {
  readonly rows: number;
  /** Rows written per second over the last minute. */
  readonly rowsPerSecond: number;
  /** Event time of the newest row, ms; 0 = none. */
  readonly newestEventMs: number;
  /** When the row written last was written, ms; 0 = none. */
  readonly newestWrittenMs: number;
  readonly lag: LagFigures;
}

export interface EntityFigures {
  readonly entity: string;
  /** Different keys seen, an estimate. */
  readonly distinct: number;
  /** Relative standard error of `distinct`. */
  readonly distinctError: number;
  /** The keys with the most rows, the highest count first. */
  readonly hotKeys: readonly FrequentKey[];
}

/** Of the values of a sample. */
export interface Distribution {
  readonly sampled: number;
  readonly p05: number;
  readonly p50: number;
  readonly p95: number;
  /** Bins of equal width over [from, to]; the outermost also count what lies beyond. */
  readonly from: number;
  readonly to: number;
  readonly counts: readonly number[];
}

/**
 * Moments are of the values that are there, NaN if there are none or they are text; instants are seconds, booleans 0
 * and 1.
 */
export interface MomentFigures {
  readonly count: number;
  readonly missing: number;
  readonly mean: number;
  readonly std: number;
  readonly min: number;
  readonly max: number;
}

export interface FeatureFigures extends MomentFigures {
  readonly name: string;
  readonly dtype: FeatureDtype;
  /** Undefined without values, and for text. */
  readonly distribution: Distribution | undefined;
}

export interface ViewFigures {
  readonly view: string;
  readonly kind: FeatureViewKind;
  readonly flow: FlowFigures;
  readonly entities: readonly EntityFigures[];
  readonly features: readonly FeatureFigures[];
}
