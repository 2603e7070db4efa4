import type { FeatureDtype, FeatureViewKind } from '@fraudflow/features';
import type { FrequentKey } from '@fraudflow/stats';

/** Time from event to written row, ms; NaN before the first row. Negative lags count as 0. */
export interface LagFigures {
  /** Rows of the last minute; if 0, the quantiles are of all rows. */
  readonly recentRows: number;
  /** Quantiles have a relative error of at most 1.6 %. */
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
  /** Write time of the newest row, ms; 0 = none. */
  readonly newestWrittenMs: number;
  readonly lag: LagFigures;
}

export interface EntityFigures {
  readonly entity: string;
  /** Estimated number of distinct keys. */
  readonly distinct: number;
  /** Relative standard error of `distinct`. */
  readonly distinctError: number;
  /** The keys with the most rows, the highest count first. */
  readonly hotKeys: readonly FrequentKey[];
}

/** Distribution of the values of a sample. */
export interface Distribution {
  readonly sampled: number;
  readonly p05: number;
  readonly p50: number;
  readonly p95: number;
  /** Bins of equal width over [from, to]; the first and the last one also count values beyond. */
  readonly from: number;
  readonly to: number;
  readonly counts: readonly number[];
}

/**
 * Moments of the present values; NaN without values and for text. Instants are seconds, booleans are 0 and 1.
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
