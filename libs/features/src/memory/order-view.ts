import { type OrderedChunks, rankOf } from './ordered-amounts.js';

/** View of a window's amounts in ascending order, with or without the request's transaction. */
export class OrderView {
  #values: Float64Array = new Float64Array(0);
  #from = 0;
  #chunks: OrderedChunks | undefined;
  /** Number of amounts, without the excluded one. */
  length = 0;
  /** The excluded amount; Infinity if there is none. Amounts from its rank on move down by one. */
  #leftOut = Infinity;

  /** Shows `length` values of an array, beginning at `from`. */
  show(values: Float64Array, from: number, length: number): this {
    this.#values = values;
    this.#from = from;
    this.#chunks = undefined;
    this.length = length;
    this.#leftOut = Infinity;
    return this;
  }

  showChunks(chunks: OrderedChunks): this {
    this.#chunks = chunks;
    this.length = chunks.length;
    this.#leftOut = Infinity;
    return this;
  }

  /** Excludes one amount, which must be among the values. */
  leaveOut(amount: number): this {
    this.#leftOut = amount;
    this.length--;
    return this;
  }

  /** The value at a rank; rank 0 is the smallest. */
  at(rank: number): number {
    const value = this.#held(rank);
    return value >= this.#leftOut ? this.#held(rank + 1) : value;
  }

  /** Number of values < `value`. Not valid with an excluded amount. */
  rank(value: number): number {
    if (this.#chunks) return this.#chunks.rank(value);
    return rankOf(this.#values, this.#from, this.#from + this.length, value) - this.#from;
  }

  /** Median; the mean of the two middle values if their number is even; NaN if there are none. */
  median(): number {
    const middle = this.length >> 1;
    if (this.length === 0) return Number.NaN;
    return this.length % 2 === 1 ? this.at(middle) : (this.at(middle - 1) + this.at(middle)) / 2;
  }

  /** As `at`, with the excluded amount. */
  #held(rank: number): number {
    return this.#chunks ? this.#chunks.at(rank) : (this.#values[this.#from + rank] as number);
  }
}
