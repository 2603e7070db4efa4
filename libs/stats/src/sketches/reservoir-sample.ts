import { invalidInput } from '@fraudflow/core';
import type { SeededRandom } from '../seeded-random.js';

/**
 * A uniform random sample of a stream of rows: every row of the stream is in it with the same probability. The number
 * of rows to skip is drawn in advance, so skipped rows cost nothing.
 *
 * @see [1] K.-H. Li, Reservoir-sampling algorithms of time complexity O(n(1 + log(N/n))), 1994 (algorithm L).
 */
export class ReservoirSample {
  readonly #values: Float64Array;
  #size = 0;
  #skip = 0;
  #weight = 1;

  /**
   * @param capacity largest number of rows, at least 1.
   * @param width values per row.
   * @param random source of randomness.
   * @throws AppError invalid_input for a capacity that is not a whole number above 0.
   */
  constructor(
    readonly capacity: number,
    readonly width: number,
    private readonly random: Pick<SeededRandom, 'uniform'>,
  ) {
    if (!Number.isInteger(capacity) || capacity < 1) {
      throw invalidInput(`capacity must be a whole number above 0, not ${capacity}`, { field: 'capacity' });
    }
    this.#values = new Float64Array(capacity * width);
  }

  /** Rows in the sample. */
  get size(): number {
    return this.#size;
  }

  /** Takes the row into the sample or skips it. @param row `width` values; copied. */
  offer(row: ArrayLike<number>): void {
    if (this.#size < this.capacity) {
      this.#values.set(row, this.#size++ * this.width);
      if (this.#size === this.capacity) this.#drawSkip();
    } else if (this.#skip-- === 0) {
      this.#values.set(row, Math.floor(this.random.uniform() * this.capacity) * this.width);
      this.#drawSkip();
    }
  }

  /** The values of one column, in no particular order, NaN included. */
  column(index: number): Float64Array {
    return Float64Array.from({ length: this.#size }, (_, row) => this.#values[row * this.width + index] as number);
  }

  #drawSkip(): void {
    this.#weight *= Math.exp(Math.log(this.#chance()) / this.capacity);
    this.#skip = Math.floor(Math.log(this.#chance()) / Math.log1p(-this.#weight));
  }

  /** Uniform in (0, 1]: 0 has no logarithm. */
  #chance(): number {
    return 1 - this.random.uniform();
  }
}
