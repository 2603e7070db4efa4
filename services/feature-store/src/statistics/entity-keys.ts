import { HyperLogLog, KeyHash, SpaceSaving } from '@fraudflow/stats';
import type { EntityFigures } from './view-statistics.js';

/** 16 KiB, standard error 0.8 %. */
const PRECISION = 14;
/** Every key with more than 1/512 of the rows is held, and no count is further off than that share. */
const COUNTERS = 512;

/** Which entities rows are about: how many different ones, and which of them most. */
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

  /** @param hotKeys most keys listed */
  describe(hotKeys: number): EntityFigures {
    return {
      entity: this.name,
      distinct: this.distinct.estimate(),
      distinctError: this.distinct.standardError,
      hotKeys: this.frequent.top(hotKeys),
    };
  }

  /** Share of all rows that the most frequent key has at least. */
  hottestShare(): number {
    const [hottest] = this.frequent.top(1);
    return hottest === undefined ? 0 : (hottest.count - hottest.error) / this.frequent.total;
  }
}
