import { HyperLogLog, KeyHash, SpaceSaving } from '@fraudflow/stats';
import type { EntityFigures } from './view-statistics.js';

/** HyperLogLog precision in bits: 2¹⁴ registers, 16 KiB, standard error 0.8 %. */
const PRECISION = 14;
/** Counters of the frequent keys: each key with more than 1/512 of the rows has one, and no count is wrong by more. */
const COUNTERS = 512;

/** Estimates the number of distinct entities of the rows, and the most frequent ones. */
export class EntityKeys {
  private readonly hash = new KeyHash();
  private readonly distinct = new HyperLogLog(PRECISION);
  private readonly frequent = new SpaceSaving(COUNTERS);

  /** @param name join key */
  constructor(readonly name: string) {}

  add(key: string): void {
    const hash = this.hash.of(key);
    this.distinct.add(hash);
    this.frequent.add(key, hash);
  }

  /** @param hotKeys largest number of listed keys */
  describe(hotKeys: number): EntityFigures {
    return {
      entity: this.name,
      distinct: this.distinct.estimate(),
      distinctError: this.distinct.standardError,
      hotKeys: this.frequent.top(hotKeys),
    };
  }

  /** Lower bound of the share of rows of the most frequent key. */
  hottestShare(): number {
    const [hottest] = this.frequent.top(1);
    return hottest === undefined ? 0 : (hottest.count - hottest.error) / this.frequent.total;
  }
}
