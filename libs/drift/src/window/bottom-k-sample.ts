import { hashWords } from '../content-hash.js';
import { packNumbers, unpackNumbers } from '../packed-numbers.js';

/** Stored form of {@link BottomKSample}. */
export interface BottomKSampleJson {
  readonly capacity: number;
  readonly keys: string;
  readonly rows: string;
}

/**
 * At most `capacity` rows of a window, chosen by the smallest hash of their content.
 *
 * The choice depends only on the rows, not on their order or partition. So merged parts keep exactly the rows of a
 * single pass, and a replay keeps the same rows. All rows are kept while they fit. Memory ≤ 2·capacity rows.
 *
 * @see [1] E. Cohen, H. Kaplan, Summarizing data using bottom-k sketches, 2007.
 */
export class BottomKSample {
  #keys: number[] = [];
  #rows: Float64Array[] = [];

  constructor(
    readonly capacity: number,
    readonly width: number,
  ) {}

  get size(): number {
    return Math.min(this.#rows.length, this.capacity);
  }

  /**
   * @param salt distinguishes equal rows of different instants. The row is kept by reference, so the caller must not
   * reuse it.
   */
  add(row: Float64Array, salt: number): void {
    const words = new Uint32Array(2 * row.length + 2);
    words.set(new Uint32Array(row.buffer, row.byteOffset, 2 * row.length));
    words[2 * row.length] = salt % 0x100000000;
    words[2 * row.length + 1] = Math.floor(salt / 0x100000000);
    this.#keys.push(hashWords(words));
    this.#rows.push(row);
    if (this.#rows.length >= 2 * this.capacity) this.#prune();
  }

  merge(other: BottomKSample): void {
    this.#keys.push(...other.#keys);
    this.#rows.push(...other.#rows);
    this.#prune();
  }

  /** Ascending finite values of one column. */
  sortedColumn(index: number): Float64Array {
    this.#prune();
    const values = new Float64Array(this.#rows.length);
    let length = 0;
    for (const row of this.#rows) {
      const value = row[index] as number;
      if (Number.isFinite(value)) values[length++] = value;
    }
    return values.subarray(0, length).sort();
  }

  /** Rows ordered by hash, so that equal contents give equal text in any order of arrival. */
  toJson(): BottomKSampleJson {
    this.#keepSmallest();
    const rows = new Float64Array(this.#rows.length * this.width);
    this.#rows.forEach((row, i) => rows.set(row, i * this.width));
    return { capacity: this.capacity, keys: packNumbers(Float64Array.from(this.#keys)), rows: packNumbers(rows) };
  }

  static fromJson(json: BottomKSampleJson, width: number): BottomKSample {
    const sample = new BottomKSample(json.capacity, width);
    const rows = unpackNumbers(json.rows);
    sample.#keys = Array.from(unpackNumbers(json.keys));
    sample.#rows = sample.#keys.map((_, i) => rows.slice(i * width, (i + 1) * width));
    return sample;
  }

  #prune(): void {
    if (this.#rows.length > this.capacity) this.#keepSmallest();
  }

  #keepSmallest(): void {
    const order = this.#keys.map((_, i) => i).sort((a, b) => (this.#keys[a] as number) - (this.#keys[b] as number));
    order.length = Math.min(order.length, this.capacity);
    this.#rows = order.map((i) => this.#rows[i] as Float64Array);
    this.#keys = order.map((i) => this.#keys[i] as number);
  }
}
