import { invalidInput } from '@fraudflow/core';
import { Welford, type WelfordState } from '../welford.js';

/** Rows per block: small enough for the processor's cache, large enough that the cost of merging is negligible. */
const BLOCK_ROWS = 64;

/** Summary of one column. Moments are over the non-missing values. */
export interface ColumnMoments extends WelfordState {
  /** Values that were NaN or infinite. */
  readonly missing: number;
}

/**
 * Count, mean, variance, minimum and maximum of each column of a stream of rows, without the missing values.
 *
 * The same result as a `Welford` per column up to rounding, without its division per value: blocks of rows are summed
 * column by column about the column's mean so far, and merged by Chan's formula.
 *
 * @example const moments = new VectorMoments(2); moments.add(Float64Array.of(1, NaN)); moments.column(1).missing // 1
 * @see [1] T. Chan, G. Golub, R. LeVeque, Updating formulae for computing sample variances, 1979.
 */
export class VectorMoments {
  readonly #columns: Welford[];
  readonly #missing: Float64Array;
  /** Rows of the current block, consecutive. */
  readonly #block: Float64Array;
  #waiting = 0;
  #rows = 0;

  /** @param width values per row */
  constructor(readonly width: number) {
    this.#columns = Array.from({ length: width }, () => new Welford());
    this.#missing = new Float64Array(width);
    this.#block = new Float64Array(width * BLOCK_ROWS);
  }

  get rows(): number {
    return this.#rows;
  }

  /** Adds a copy of the row. @throws AppError invalid_input if it has another width */
  add(row: ArrayLike<number>): void {
    if (row.length !== this.width) {
      throw invalidInput(`a row of ${row.length} values, not ${this.width}`, { field: 'row' });
    }
    this.#block.set(row, this.#waiting * this.width);
    this.#rows += 1;
    if (++this.#waiting === BLOCK_ROWS) this.#sumUp();
  }

  /** The summary of one column so far. @throws AppError invalid_input for a column that does not exist */
  column(index: number): ColumnMoments {
    this.#sumUp();
    const column = this.#columns[index];
    if (column === undefined) throw invalidInput(`no column ${index} of ${this.width}`, { field: 'index' });
    return { ...column.toJson(), missing: this.#missing[index] as number };
  }

  #sumUp(): void {
    if (this.#waiting === 0) return;
    for (let i = 0; i < this.width; i++) this.#sumUpColumn(i, this.#columns[i] as Welford);
    this.#waiting = 0;
  }

  #sumUpColumn(index: number, column: Welford): void {
    const { width } = this;
    const block = this.#block;
    const end = this.#waiting * width;
    // A pivot close to the values keeps the squares precise. The first block has no mean yet, so it uses a value.
    const shift = column.count > 0 ? column.mean : firstFinite(block, index, { step: width, end });
    let sum = 0;
    let squares = 0;
    // Uses the extremes so far instead of those of the block, because a branch that is rarely taken is cheap.
    let { min, max } = column;
    for (let i = index; i < end; i += width) {
      const value = block[i] as number;
      const distance = value - shift;
      sum += distance;
      squares += distance * distance;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    // A missing value makes the sums NaN. Only then each value is checked.
    if (squares - squares !== 0) return this.#sumUpGaps(index, column);
    mergeSums(column, { count: this.#waiting, shift, sum, squares, min, max });
  }

  #sumUpGaps(index: number, column: Welford): void {
    const { width } = this;
    const present = new Welford();
    for (let row = 0; row < this.#waiting; row++) {
      const value = this.#block[row * width + index] as number;
      if (Number.isFinite(value)) present.add(value);
    }
    this.#missing[index] = (this.#missing[index] as number) + this.#waiting - present.count;
    column.merge(present);
  }
}

interface Sums {
  readonly count: number;
  /** The pivot of the sums. */
  readonly shift: number;
  readonly sum: number;
  readonly squares: number;
  readonly min: number;
  readonly max: number;
}

function mergeSums(column: Welford, { count, shift, sum, squares, min, max }: Sums): void {
  const m2 = Math.max(0, squares - (sum * sum) / count);
  column.merge(Welford.fromJson({ count, mean: shift + sum / count, m2, min, max }));
}

function firstFinite(
  values: Float64Array,
  from: number,
  { step, end }: { readonly step: number; readonly end: number },
): number {
  for (let i = from; i < end; i += step) if (Number.isFinite(values[i])) return values[i] as number;
  return 0;
}
