import { invalidInput } from '@fraudflow/core';
import { EntryIndex } from './entry-index.js';
import type { KeyHash } from './key-hash.js';

/** A frequent key of a stream. */
export interface FrequentKey {
  readonly key: string;
  /** Never below the true count. */
  readonly count: number;
  /** The true count is at least `count - error`. */
  readonly error: number;
}

/**
 * The most frequent keys of a stream in bounded memory, with bounds on their counts.
 *
 * There are `capacity` counters. A key without a counter replaces the key with the smallest count and inherits that
 * count as error. After n keys no error exceeds n / capacity, and every key with a higher count is held. O(1) per key:
 * the counters are ordered by count, and an incremented counter is swapped with the last one of its old count.
 *
 * @example const top = new SpaceSaving(100); top.add('c1', hash.of('c1'));
 *   top.top(1) // [{ key: 'c1', count: 1, error: 0 }]
 * @see [1] A. Metwally, D. Agrawal, A. El Abbadi, Efficient computation of frequent and top-k elements in data streams,
 * 2005.
 */
export class SpaceSaving {
  #total = 0;
  readonly #index: EntryIndex;
  readonly #keys: (string | undefined)[];
  readonly #counts: Float64Array;
  readonly #errors: Float64Array;
  /** Entries by ascending count, and the position of each. */
  readonly #order: Int32Array;
  readonly #places: Int32Array;
  /** Entries of the same count form a group; `#groupEnds` is its last position. */
  readonly #groups: Int32Array;
  readonly #groupEnds: Int32Array;
  readonly #freeGroups: number[];

  /** @param capacity counters, at least 1. @throws AppError invalid_input */
  constructor(readonly capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1) {
      throw invalidInput(`capacity must be a whole number above 0, not ${capacity}`, { field: 'capacity' });
    }
    this.#index = new EntryIndex(capacity);
    this.#keys = Array.from({ length: capacity }, () => undefined);
    this.#counts = new Float64Array(capacity);
    this.#errors = new Float64Array(capacity);
    this.#order = Int32Array.from({ length: capacity }, (_, i) => i);
    this.#places = this.#order.slice();
    // All counters start in one group, with count 0 and without a key.
    this.#groups = new Int32Array(capacity);
    this.#groupEnds = new Int32Array(capacity).fill(capacity - 1);
    this.#freeGroups = Array.from({ length: capacity - 1 }, (_, i) => i + 1);
  }

  /** Number of added keys, including repeats. */
  get total(): number {
    return this.#total;
  }

  /** @param hash the key's, as `KeyHash` computes it */
  add(key: string, { high, low }: Pick<KeyHash, 'high' | 'low'>): void {
    this.#total += 1;
    let entry = this.#index.find(high, low);
    if (entry < 0) {
      entry = this.#order[0] as number;
      if (this.#keys[entry] !== undefined) this.#index.remove(entry);
      this.#keys[entry] = key;
      this.#errors[entry] = this.#counts[entry] as number;
      this.#index.insert(entry, high, low);
    }
    this.#increment(entry);
  }

  /** The n keys with the highest counts, the highest first. */
  top(n: number): readonly FrequentKey[] {
    const found: FrequentKey[] = [];
    for (let place = this.capacity - 1; place >= 0 && found.length < n; place--) {
      const entry = this.#order[place] as number;
      const key = this.#keys[entry];
      if (key === undefined) break;
      found.push({ key, count: this.#counts[entry] as number, error: this.#errors[entry] as number });
    }
    return found;
  }

  #increment(entry: number): void {
    const group = this.#groups[entry] as number;
    const last = this.#groupEnds[group] as number;
    this.#moveTo(entry, last);
    const count = (this.#counts[entry] as number) + 1;
    this.#counts[entry] = count;
    const isOnlyMember = last === 0 || this.#groups[this.#order[last - 1] as number] !== group;
    const next = last + 1 < this.capacity ? (this.#order[last + 1] as number) : -1;
    if (next >= 0 && this.#counts[next] === count) {
      this.#groups[entry] = this.#groups[next] as number;
      if (isOnlyMember) this.#freeGroups.push(group);
      else this.#groupEnds[group] = last - 1;
    } else if (!isOnlyMember) {
      this.#groupEnds[group] = last - 1;
      const own = this.#freeGroups.pop() as number;
      this.#groups[entry] = own;
      this.#groupEnds[own] = last;
    }
  }

  #moveTo(entry: number, place: number): void {
    const other = this.#order[place] as number;
    const from = this.#places[entry] as number;
    this.#order[place] = entry;
    this.#places[entry] = place;
    this.#order[from] = other;
    this.#places[other] = from;
  }
}
