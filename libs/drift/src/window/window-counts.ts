import { conflict } from '@fraudflow/core';
import type { ReferenceProfile } from '../profile/reference-profile.js';
import { BottomKSample, type BottomKSampleJson } from './bottom-k-sample.js';

/** Counts of one column in a window. They are integers, so that merging is exact. */
export interface ColumnCounts {
  /** Rows per reference bin. */
  readonly bins: Float64Array;
  missing: number;
  /** Finite values below the reference minimum, or above its maximum. */
  outOfRange: number;
}

/** Stored form of {@link WindowCounts}. */
export interface WindowCountsJson {
  readonly startMs: number;
  readonly endMs: number;
  readonly rows: number;
  readonly columns: readonly {
    readonly bins: readonly number[];
    readonly missing: number;
    readonly outOfRange: number;
  }[];
  readonly sample: BottomKSampleJson;
}

/** Counts and row sample of one event-time window [startMs, endMs), columns as {@link ReferenceProfile.columns}. */
export class WindowCounts {
  rows = 0;

  constructor(
    readonly startMs: number,
    readonly endMs: number,
    readonly columns: readonly ColumnCounts[],
    readonly sample: BottomKSample,
  ) {}

  static empty(profile: ReferenceProfile, startMs: number, endMs: number, sampleRows: number): WindowCounts {
    const columns = profile.columns.map(({ bins }) => ({
      bins: new Float64Array(bins.counts.length),
      missing: 0,
      outOfRange: 0,
    }));
    return new WindowCounts(startMs, endMs, columns, new BottomKSample(sampleRows, columns.length));
  }

  /**
   * Counts a row of features followed by the score. O(columns · log bins).
   *
   * @throws AppError conflict if the window was counted with another profile.
   */
  add(profile: ReferenceProfile, row: Float64Array, eventAtMs: number): void {
    this.rows += 1;
    const { features } = profile;
    for (let i = 0; i < this.columns.length; i++) {
      const reference = i < features.length ? features[i] : profile.score;
      const counts = this.columns[i];
      if (reference === undefined || counts === undefined) throw conflict('the window belongs to another profile');
      const value = row[i] as number;
      if (!Number.isFinite(value)) {
        counts.missing += 1;
        continue;
      }
      if (value < reference.min || value > reference.max) counts.outOfRange += 1;
      const bin = binOf(reference.bins.cuts, value);
      counts.bins[bin] = (counts.bins[bin] as number) + 1;
    }
    this.sample.add(row, eventAtMs);
  }

  /**
   * Adds the counts of the same window from another partition; the result equals a single pass over both exactly.
   *
   * @throws AppError conflict unless the windows have the same bounds, columns and bins.
   */
  merge(other: WindowCounts): void {
    if (other.startMs !== this.startMs || other.endMs !== this.endMs || other.columns.length !== this.columns.length) {
      throw conflict('only parts of the same window can be merged');
    }
    this.rows += other.rows;
    this.columns.forEach((column, i) => {
      const added = other.columns[i];
      if (added === undefined || added.bins.length !== column.bins.length)
        throw conflict('the windows have different bins');
      column.missing += added.missing;
      column.outOfRange += added.outOfRange;
      added.bins.forEach((count, bin) => (column.bins[bin] = (column.bins[bin] as number) + count));
    });
    this.sample.merge(other.sample);
  }

  toJson(): WindowCountsJson {
    return {
      startMs: this.startMs,
      endMs: this.endMs,
      rows: this.rows,
      columns: this.columns.map((column) => ({ ...column, bins: Array.from(column.bins) })),
      sample: this.sample.toJson(),
    };
  }

  static fromJson(json: WindowCountsJson): WindowCounts {
    const columns = json.columns.map((column) => ({ ...column, bins: Float64Array.from(column.bins) }));
    const counts = new WindowCounts(
      json.startMs,
      json.endMs,
      columns,
      BottomKSample.fromJson(json.sample, columns.length),
    );
    counts.rows = json.rows;
    return counts;
  }
}

/** Index of the first cut ≥ value: bins are closed on the right. */
function binOf(cuts: readonly number[], value: number): number {
  let low = 0;
  let high = cuts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cuts[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
