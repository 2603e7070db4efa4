import { invalidInput } from '@fraudflow/core';

/** Plain form of {@link Welford}. `min`/`max` are null while empty. */
export interface WelfordState {
  readonly count: number;
  readonly mean: number;
  readonly m2: number;
  readonly min: number | null;
  readonly max: number | null;
}

/**
 * Running count, mean, variance, minimum and maximum in one pass, O(1) per value.
 *
 * mean += d/n, M2 += d(x − mean) with d = x − old mean. Merging follows Chan; the result agrees with a single pass
 * up to rounding, not bit for bit. Variance is NaN while fewer than `1 + ddof` values were seen.
 *
 * @example const w = new Welford(); w.add(1); w.add(3); w.mean // 2
 * @see [1] T. Chan, G. Golub, R. LeVeque, Updating formulae for computing sample variances, 1979.
 */
export class Welford {
  #count = 0;
  #mean = 0;
  #m2 = 0;
  #min = Infinity;
  #max = -Infinity;

  get count(): number {
    return this.#count;
  }

  /** NaN while empty. */
  get mean(): number {
    return this.#count === 0 ? NaN : this.#mean;
  }

  get min(): number {
    return this.#min;
  }

  get max(): number {
    return this.#max;
  }

  /** @throws AppError invalid_input unless the value is finite. */
  add(value: number): void {
    if (!Number.isFinite(value)) throw invalidInput('moments need finite values');
    this.#count += 1;
    const delta = value - this.#mean;
    this.#mean += delta / this.#count;
    this.#m2 += delta * (value - this.#mean);
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  merge(other: Welford): void {
    if (other.#count === 0) return;
    const total = this.#count + other.#count;
    const delta = other.#mean - this.#mean;
    this.#m2 += other.#m2 + (delta * delta * this.#count * other.#count) / total;
    this.#mean += (delta * other.#count) / total;
    this.#count = total;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
  }

  /** @param ddof 0 for the population, 1 for the sample variance. */
  variance(ddof: 0 | 1 = 0): number {
    return this.#count > ddof ? this.#m2 / (this.#count - ddof) : NaN;
  }

  std(ddof: 0 | 1 = 0): number {
    return Math.sqrt(this.variance(ddof));
  }

  toJson(): WelfordState {
    const isEmpty = this.#count === 0;
    return {
      count: this.#count,
      mean: this.#mean,
      m2: this.#m2,
      min: isEmpty ? null : this.#min,
      max: isEmpty ? null : this.#max,
    };
  }

  static fromJson(state: WelfordState): Welford {
    const welford = new Welford();
    welford.#count = state.count;
    welford.#mean = state.mean;
    welford.#m2 = state.m2;
    welford.#min = state.min ?? Infinity;
    welford.#max = state.max ?? -Infinity;
    return welford;
  }
}
