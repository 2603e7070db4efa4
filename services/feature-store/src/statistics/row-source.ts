import type { FeatureDefinition } from '@fraudflow/features';
import { ReservoirSample, seededRandom, VectorMoments } from '@fraudflow/stats';
import { EntityKeys } from './entity-keys.js';
import { RowFlow } from './row-flow.js';
import { distributionOf } from './value-distribution.js';
import type { FeatureFigures, MomentFigures } from './view-statistics.js';

/** Sample size for quantiles and histograms: a share has an error of at most 3 points with 95 % confidence. */
const SAMPLE_ROWS = 1_024;
const SEED = 20_260_401;

/** Statistics of the rows of one source: the stream, or the pushes to one view. Memory is bounded for any input. */
export class RowSource {
  readonly flow: RowFlow;
  readonly keys: readonly EntityKeys[];
  private readonly moments: VectorMoments;
  private readonly sample: ReservoirSample;

  /**
   * @param features features of a row's values in their order
   * @param entities entities of a row's keys in their order
   * @param sinceMs start of counting, ms
   */
  constructor(
    private readonly features: readonly FeatureDefinition[],
    entities: readonly string[],
    sinceMs: number,
  ) {
    this.flow = new RowFlow(sinceMs);
    this.keys = entities.map((entity) => new EntityKeys(entity));
    this.moments = new VectorMoments(features.length);
    this.sample = new ReservoirSample(SAMPLE_ROWS, features.length, seededRandom(SEED));
  }

  /** Adds the values of a row; NaN = missing. Sampled values are copied. */
  addValues(values: ArrayLike<number>): void {
    this.moments.add(values);
    this.sample.offer(values);
  }

  /** Statistics of a column's feature that do not need the sample. */
  momentsOf(column: number): MomentFigures {
    const { count, missing, mean, m2, min, max } = this.moments.column(column);
    if (count === 0 || this.features[column]?.dtype === 'string') {
      return { count, missing, mean: Number.NaN, std: Number.NaN, min: Number.NaN, max: Number.NaN };
    }
    return { count, missing, mean, std: Math.sqrt(m2 / count), min: min ?? Number.NaN, max: max ?? Number.NaN };
  }

  /** All statistics of a column's feature. */
  describe(column: number): FeatureFigures {
    const { name = '', dtype = 'double' } = this.features[column] ?? {};
    const distribution = dtype === 'string' ? undefined : distributionOf(this.sample.column(column), dtype);
    return { name, dtype, ...this.momentsOf(column), distribution };
  }
}
