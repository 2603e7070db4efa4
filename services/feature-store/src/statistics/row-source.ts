import type { FeatureDefinition } from '@fraudflow/features';
import { RowSample, seededRandom, VectorMoments } from '@fraudflow/stats';
import { EntityKeys } from './entity-keys.js';
import { RowFlow } from './row-flow.js';
import { distributionOf } from './value-distribution.js';
import type { FeatureFigures, MomentFigures } from './view-statistics.js';

/** Rows kept for quantiles and histograms: a share read from them is within 3 points with 95 % confidence. */
const SAMPLE_ROWS = 1_024;
const SEED = 20_260_401;

/** Statistics of the rows that come one way: from the stream, or pushed to one view. Bounded, whatever comes. */
export class RowSource {
  readonly flow: RowFlow;
  readonly keys: readonly EntityKeys[];
  private readonly moments: VectorMoments;
  private readonly sample: RowSample;

  /**
   * @param features of a row's values, in their order; @param entities of a row's keys, in theirs; @param sinceMs now
   */
  constructor(
    private readonly features: readonly FeatureDefinition[],
    entities: readonly string[],
    sinceMs: number,
  ) {
    this.flow = new RowFlow(sinceMs);
    this.keys = entities.map((entity) => new EntityKeys(entity));
    this.moments = new VectorMoments(features.length);
    this.sample = new RowSample(SAMPLE_ROWS, features.length, seededRandom(SEED));
  }

  /** Takes a row's values, NaN where one is missing. They are copied where they are kept. */
  addValues(values: ArrayLike<number>): void {
    this.moments.add(values);
    this.sample.offer(values);
  }

  /** What is known of the feature in a column without touching the sample. */
  momentsOf(column: number): MomentFigures {
    const { count, missing, mean, m2, min, max } = this.moments.column(column);
    if (count === 0 || this.features[column]?.dtype === 'string') {
      return { count, missing, mean: Number.NaN, std: Number.NaN, min: Number.NaN, max: Number.NaN };
    }
    return { count, missing, mean, std: Math.sqrt(m2 / count), min: min ?? Number.NaN, max: max ?? Number.NaN };
  }

  /** All that is known of the feature in a column. */
  describe(column: number): FeatureFigures {
    const { name = '', dtype = 'double' } = this.features[column] ?? {};
    const distribution = dtype === 'string' ? undefined : distributionOf(this.sample.column(column), dtype);
    return { name, dtype, ...this.momentsOf(column), distribution };
  }
}
