import { DAY_MS } from '@fraudflow/core';

export const CUSTOMERS = 5_000;
export const TERMINALS = 10_000;
const EVENTS_PER_DAY = 9_600;
const STEP_MS = DAY_MS / EVENTS_PER_DAY;
const FRAUD_EVERY = 122;
const SEED = 2_463_534_242;
/** Customers' mean amounts, minor units. */
const LEAST_MEAN = 500;
const MEANS = 9_500;
const SPREADS = 65_536;
const TWO_32 = 2 ** 32;

/**
 * Transactions at the handbook's rates: each customer's amounts vary about its own mean, with a standard deviation of
 * half the mean, at terminals drawn uniformly. The same in every run.
 */
export class BenchTraffic {
  readonly hi: Uint32Array;
  readonly lo: Uint32Array;
  readonly atMs: Float64Array;
  readonly amountMinor: Float64Array;
  readonly customer: Uint16Array;
  readonly terminal: Uint16Array;
  readonly isFraud: Uint8Array;
  readonly #means: Float64Array;
  /** Amounts as multiples of the customer's mean. */
  readonly #spreads: Float64Array;
  #x = SEED | 0;
  #index = 0;

  constructor(batch: number) {
    this.hi = new Uint32Array(batch);
    this.lo = new Uint32Array(batch);
    this.atMs = new Float64Array(batch);
    this.amountMinor = new Float64Array(batch);
    this.customer = new Uint16Array(batch);
    this.terminal = new Uint16Array(batch);
    this.isFraud = new Uint8Array(batch);
    this.#means = Float64Array.from({ length: CUSTOMERS }, () => LEAST_MEAN + MEANS * this.#uniform());
    this.#spreads = Float64Array.from({ length: SPREADS }, () => this.#spread());
  }

  /** Draws the next `count` transactions into the first elements of the columns. */
  draw(count: number): void {
    for (let i = 0; i < count; i++, this.#index++) {
      this.hi[i] = this.#next();
      this.lo[i] = this.#next();
      this.atMs[i] = Math.floor(this.#index * STEP_MS);
      const customer = this.#next() % CUSTOMERS;
      this.customer[i] = customer;
      this.terminal[i] = this.#next() % TERMINALS;
      const spread = this.#spreads[this.#next() % SPREADS] as number;
      this.amountMinor[i] = Math.round((this.#means[customer] as number) * spread);
      this.isFraud[i] = this.#index % FRAUD_EVERY === 0 ? 1 : 0;
    }
  }

  /** Normal with mean 1 and a standard deviation of a half; negative values are drawn uniformly from 0 to 2 instead. */
  #spread(): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.#uniform())) * Math.cos(2 * Math.PI * this.#uniform());
    const spread = 1 + normal / 2;
    return spread < 0 ? 2 * this.#uniform() : spread;
  }

  #uniform(): number {
    return this.#next() / TWO_32;
  }

  /** xorshift32 */
  #next(): number {
    this.#x ^= this.#x << 13;
    this.#x ^= this.#x >>> 17;
    this.#x ^= this.#x << 5;
    return this.#x >>> 0;
  }
}
