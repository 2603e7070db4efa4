import type { CacheLimits } from './cache-limits.js';

/** The part of a StageDefinition that says when a partition comes and goes. */
interface Partitioned {
  open(partition: number): unknown;
  closed?(partition: number): void;
}

/** Fewest entities of a partition: with hardly any, each batch reads all of its states from Redis. */
const MIN_ENTITIES = 25;

/**
 * The memory of a stage, shared in equal parts by the partitions this worker has: a limit per partition would let a
 * worker of twelve partitions take three times the memory of one with four.
 */
export class SharedCache implements CacheLimits {
  private readonly partitions = new Set<number>();

  /** @param total over all partitions of this worker: entities, and bytes */
  constructor(private readonly total: CacheLimits) {}

  get entities(): number {
    return Math.max(MIN_ENTITIES, this.share(this.total.entities));
  }

  get bytes(): number {
    return this.share(this.total.bytes);
  }

  /** The same stage, whose partitions are counted while this worker has them. */
  limit<Definition extends Partitioned>(definition: Definition): Definition {
    return {
      ...definition,
      open: (partition: number) => {
        this.partitions.add(partition);
        return definition.open(partition);
      },
      closed: (partition: number) => {
        this.partitions.delete(partition);
        definition.closed?.(partition);
      },
    };
  }

  private share(total: number): number {
    return Math.floor(total / Math.max(1, this.partitions.size));
  }
}
