/** Inserts an amount into values in ascending order, which are part of a larger array. All ranks count from 0. */
export function insertOrdered(values: Float64Array, from: number, length: number, value: number): void {
  let at = from + length;
  while (at > from && (values[at - 1] as number) > value) {
    values[at] = values[at - 1] as number;
    at--;
  }
  values[at] = value;
}

/** Removes one value, which must be present. */
export function removeOrdered(values: Float64Array, from: number, length: number, value: number): void {
  const end = from + length;
  for (let at = rankOf(values, from, end, value) + 1; at < end; at++) values[at - 1] = values[at] as number;
}

/** Position of the first value ≥ `value` in [from, end). */
export function rankOf(values: Float64Array, from: number, end: number, value: number): number {
  let low = from;
  let high = end;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

const CHUNK = 512;

/**
 * Amounts of large windows in ascending order, as a list of sorted chunks. Insertion and removal shift one chunk, an
 * order statistic walks over the chunks: O(√n) for the sizes that occur.
 */
export class OrderedChunks {
  readonly #chunks: Float64Array[] = [];
  readonly #lengths: number[] = [];
  length = 0;

  insert(value: number): void {
    if (this.#chunks.length === 0) {
      this.#chunks.push(new Float64Array(CHUNK));
      this.#lengths.push(0);
    }
    const at = this.#chunkOf(value);
    const chunk = this.#chunks[at] as Float64Array;
    const length = this.#lengths[at] as number;
    insertOrdered(chunk, 0, length, value);
    this.#lengths[at] = length + 1;
    this.length++;
    if (length + 1 === CHUNK) this.#split(at);
  }

  remove(value: number): void {
    const at = this.#chunkOf(value);
    const length = this.#lengths[at] as number;
    removeOrdered(this.#chunks[at] as Float64Array, 0, length, value);
    this.#lengths[at] = length - 1;
    this.length--;
    if (length > 1) return;
    this.#chunks.splice(at, 1);
    this.#lengths.splice(at, 1);
  }

  at(rank: number): number {
    let rest = rank;
    let chunk = 0;
    while (rest >= (this.#lengths[chunk] as number)) rest -= this.#lengths[chunk++] as number;
    return (this.#chunks[chunk] as Float64Array)[rest] as number;
  }

  /** Number of values < `value`. */
  rank(value: number): number {
    let before = 0;
    for (let i = 0; i < this.#chunks.length; i++) {
      const chunk = this.#chunks[i] as Float64Array;
      const length = this.#lengths[i] as number;
      if ((chunk[length - 1] as number) >= value) return before + rankOf(chunk, 0, length, value);
      before += length;
    }
    return before;
  }

  /** The first chunk whose largest value is ≥ `value`, else the last chunk. */
  #chunkOf(value: number): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      const greatest = (this.#chunks[middle] as Float64Array)[(this.#lengths[middle] as number) - 1] as number;
      if (greatest < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #split(at: number): void {
    const chunk = this.#chunks[at] as Float64Array;
    const second = new Float64Array(CHUNK);
    second.set(chunk.subarray(CHUNK / 2));
    this.#chunks.splice(at + 1, 0, second);
    this.#lengths.splice(at + 1, 0, CHUNK / 2);
    this.#lengths[at] = CHUNK / 2;
  }
}
