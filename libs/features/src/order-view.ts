import { type OrderedChunks, rankOf } from './ordered-amounts.js';

/** The amounts of one window in ascending order, wherever they are kept, with or without the one in hand. */
export class OrderView {
  #values: Float64Array = new Float64Array(0);
  #from = 0;
  #chunks: OrderedChunks | undefined;
  /** Number of amounts, the one left out not counted. */
  length = 0;
  /** The amount left out, which makes all from its rank on move one down; beyond all if none is. */
  #leftOut = Infinity;

  /** Shows `length` values of an array from `from` on. */
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

  /** Leaves one amount out that is there. */
  leaveOut(amount: number): this {
    this.#leftOut = amount;
    this.length--;
    return this;
  }

  /** The value of a rank, 0 the least. */
  at(rank: number): number {
    const value = this.#held(rank);
    return value >= this.#leftOut ? this.#held(rank + 1) : value;
  }

  /** Number of values < `value`; not to be asked with one left out. */
  rank(value: number): number {
    if (this.#chunks) return this.#chunks.rank(value);
    return rankOf(this.#values, this.#from, this.#from + this.length, value) - this.#from;
  }

  /** Mean of the two in the middle for an even number; NaN of nothing. */
  median(): number {
    const middle = this.length >> 1;
    if (this.length === 0) return Number.NaN;
    return this.length % 2 === 1 ? this.at(middle) : (this.at(middle - 1) + this.at(middle)) / 2;
  }

  /** As `at`, the one left out counted. */
  #held(rank: number): number {
    return this.#chunks ? this.#chunks.at(rank) : (this.#values[this.#from + rank] as number);
  }
}
