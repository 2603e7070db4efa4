import { nearestRank } from '@fraudflow/stats';

export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

/** Nearest-rank percentiles: each is one of the values; NaN without values. */
export function percentiles(values: ArrayLike<number>): Percentiles {
  if (values.length === 0) return { p50: Number.NaN, p99: Number.NaN };
  const sorted = Float64Array.from(values).sort();
  return { p50: nearestRank(sorted, 0.5), p99: nearestRank(sorted, 0.99) };
}

/** The newest values of a stream. */
export class RecentValues {
  private readonly ring: Float64Array;
  private count = 0;

  constructor(capacity: number) {
    this.ring = new Float64Array(capacity);
  }

  add(value: number): void {
    this.ring[this.count++ % this.ring.length] = value;
  }

  percentiles(): Percentiles {
    return percentiles(this.ring.subarray(0, Math.min(this.count, this.ring.length)));
  }
}

/** All values of a stream in chunks, without copies or boxed numbers. */
export class AllValues {
  private chunks: Float64Array[] = [];
  private length = 0;

  addAll(values: Float64Array): void {
    this.chunks.push(values);
    this.length += values.length;
  }

  get size(): number {
    return this.length;
  }

  percentiles(): Percentiles {
    const all = new Float64Array(this.length);
    let at = 0;
    for (const chunk of this.chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return percentiles(all);
  }
}
