import { invalidInput } from '@fraudflow/core';
import type { KeyHash } from './key-hash.js';

const HASH_BITS = 64;
const WORD_BITS = 32;
const MIN_PRECISION = 4;
const MAX_PRECISION = 18;
/** 1 / (2 ln 2): the limit of the bias constant for many registers. */
const ALPHA = 0.7213475204444817;

/**
 * Estimates the number of distinct keys of a stream in 2^precision bytes, independent of the stream's length.
 *
 * Each key is assigned to one of m = 2^p registers, which keep the longest run of zero bits. The relative standard
 * error is about 1.04/√m: 0.8 % for p = 14. The result does not depend on repeats or order. The merge of two sketches
 * is the sketch of both streams. The estimator is Ertl's, which needs no bias tables and is accurate from 0 to 2⁶⁴.
 *
 * @example const sketch = new HyperLogLog(14); sketch.add(hash.of('c1')); sketch.estimate() // about 1
 * @see [1] P. Flajolet et al., HyperLogLog, 2007. [2] O. Ertl, New cardinality estimation algorithms for HyperLogLog
 * sketches, 2017.
 */
export class HyperLogLog {
  readonly #registers: Uint8Array;

  /** @param precision 4 to 18. @throws AppError invalid_input */
  constructor(readonly precision: number) {
    if (!Number.isInteger(precision) || precision < MIN_PRECISION || precision > MAX_PRECISION) {
      throw invalidInput(`precision must be ${MIN_PRECISION} to ${MAX_PRECISION}, not ${precision}`, {
        field: 'precision',
      });
    }
    this.#registers = new Uint8Array(2 ** precision);
  }

  /** Relative standard error of `estimate`. */
  get standardError(): number {
    return 1.04 / Math.sqrt(this.#registers.length);
  }

  add({ high, low }: Pick<KeyHash, 'high' | 'low'>): void {
    const { precision } = this;
    const register = high >>> (WORD_BITS - precision);
    const rest = (high << precision) | (low >>> (WORD_BITS - precision));
    const zeros = rest !== 0 ? Math.clz32(rest) : WORD_BITS + Math.clz32(low << precision);
    const rank = Math.min(zeros, HASH_BITS - precision) + 1;
    if (rank > (this.#registers[register] as number)) this.#registers[register] = rank;
  }

  /** Estimated number of distinct keys, at least 0; not rounded. */
  estimate(): number {
    const m = this.#registers.length;
    const ranks = HASH_BITS - this.precision;
    const counts = new Float64Array(ranks + 2);
    for (const rank of this.#registers) counts[rank] = (counts[rank] as number) + 1;
    let z = m * tau(1 - (counts[ranks + 1] as number) / m);
    for (let rank = ranks; rank >= 1; rank--) z = 0.5 * (z + (counts[rank] as number));
    z += m * sigma((counts[0] as number) / m);
    return (ALPHA * m * m) / z;
  }

  /** Merges the keys of another sketch. @throws AppError invalid_input if the precisions differ */
  merge(other: HyperLogLog): void {
    if (other.precision !== this.precision) {
      throw invalidInput(`cannot merge precision ${other.precision} into ${this.precision}`, { field: 'precision' });
    }
    for (let i = 0; i < this.#registers.length; i++) {
      this.#registers[i] = Math.max(this.#registers[i] as number, other.#registers[i] as number);
    }
  }

  /** A copy of the registers, 2^precision bytes. `fromBytes` restores the sketch from it. */
  toBytes(): Uint8Array {
    return this.#registers.slice();
  }

  /** @throws AppError invalid_input unless the bytes are the registers of a sketch */
  static fromBytes(bytes: Uint8Array): HyperLogLog {
    const precision = Math.log2(bytes.length);
    const sketch = new HyperLogLog(precision);
    if (bytes.some((rank) => rank > HASH_BITS - precision + 1))
      throw invalidInput('the bytes are not registers of a HyperLogLog sketch');
    sketch.#registers.set(bytes);
    return sketch;
  }
}

/** x + Σ x^(2^k)·2^(k−1): the contribution of empty registers. Infinite at 1. */
function sigma(x: number): number {
  if (x === 1) return Infinity;
  let power = x;
  let factor = 1;
  let sum = x;
  for (let before = -1; sum !== before; factor += factor) {
    power *= power;
    before = sum;
    sum += power * factor;
  }
  return sum;
}

/** ⅓(1 − x − Σ (1 − x^(2^−k))²·2^(−k)): the contribution of full registers. */
function tau(x: number): number {
  if (x === 0 || x === 1) return 0;
  let root = x;
  let factor = 1;
  let sum = 1 - x;
  for (let before = -1; sum !== before;) {
    root = Math.sqrt(root);
    before = sum;
    factor *= 0.5;
    sum -= (1 - root) ** 2 * factor;
  }
  return sum / 3;
}
