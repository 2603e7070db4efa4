import { defined } from '@fraudflow/core';

/** Rows of a block. Growing by blocks avoids copies of a matrix of hundreds of megabytes. */
const BLOCK_ROWS = 16_384;

/** Growing row-major float32 matrix; NaN = missing. */
export class FeatureMatrix {
  readonly #blocks: Float32Array[] = [];
  #rows = 0;

  constructor(readonly width: number) {}

  get rows(): number {
    return this.#rows;
  }

  /** Appends one row, rounded to float32. */
  append(vector: Float64Array): void {
    const at = this.#rows % BLOCK_ROWS;
    if (at === 0) this.#blocks.push(new Float32Array(BLOCK_ROWS * this.width));
    defined(this.#blocks.at(-1), 'block').set(vector, at * this.width);
    this.#rows++;
  }

  /** The rows with these numbers, one after another, as their own array. */
  gather(rows: Int32Array): Float32Array {
    const { width } = this;
    const gathered = new Float32Array(rows.length * width);
    for (let i = 0; i < rows.length; i++) {
      const row = defined(rows[i], 'row number');
      const block = defined(this.#blocks[Math.floor(row / BLOCK_ROWS)], 'block of a row');
      const from = (row % BLOCK_ROWS) * width;
      gathered.set(block.subarray(from, from + width), i * width);
    }
    return gathered;
  }
}
