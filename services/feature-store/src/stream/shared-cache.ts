import type { CacheLimits } from './cache-limits.js';

/** The part of a StageDefinition that opens and closes partitions. */
interface Partitioned {
  open(partition: number): unknown;
  closed?(partition: number): void;
}

/** Minimum number of entities per partition. With fewer, each batch would read all of its states from Redis. */
const MIN_ENTITIES = 25;

/**
 * Divides the memory of a stage equally among the partitions of this worker. With a limit per partition, a worker with
 * twelve partitions would use three times the memory of a worker with four.
 */
export class SharedCache implements CacheLimits {
  private readonly partitions = new Set<number>();

  /** @param total limits for all partitions of this worker together */
  constructor(private readonly total: CacheLimits) {}

  get entities(): number {
    return Math.max(MIN_ENTITIES, this.share(this.total.entities));
  }

  get bytes(): number {
    return this.share(this.total.bytes);
  }

  /** Wraps a stage, so that its open partitions are counted. */
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
