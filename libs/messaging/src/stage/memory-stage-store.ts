import type { StageClaim, StageCommit, StageCommitResult, StagePartitionId, StageStore } from './stage-store.port.js';

interface StoredPartition {
  epoch: number;
  nextOffset: number | undefined;
  readonly seen: Map<string, number>;
  readonly states: Map<string, Uint8Array>;
}

/** A `StageStore` in one process, for tests and tools. */
export class MemoryStageStore implements StageStore {
  private readonly partitions = new Map<string, StoredPartition>();

  async claim(id: StagePartitionId): Promise<StageClaim> {
    const stored = this.partition(id);
    stored.epoch++;
    return { epoch: stored.epoch, nextOffset: stored.nextOffset, seen: new Map(stored.seen) };
  }

  async read(id: StagePartitionId, keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    const { states } = this.partition(id);
    return keys.map((key) => states.get(key));
  }

  async commit({ id, epoch, expected, next, writes, seen }: StageCommit): Promise<StageCommitResult> {
    const stored = this.partition(id);
    if (epoch !== stored.epoch) return 'fenced';
    if (stored.nextOffset === next && expected !== next) return 'committed';
    if (stored.nextOffset !== expected || next < (expected ?? 0)) return 'gap';
    for (const [key, state] of writes) {
      if (state === null) stored.states.delete(key);
      else stored.states.set(key, state.slice());
    }
    for (const [source, mark] of seen) stored.seen.set(source, mark);
    stored.nextOffset = next;
    return 'committed';
  }

  private partition({ stage, partition }: StagePartitionId): StoredPartition {
    const name = `${stage}:${partition}`;
    let stored = this.partitions.get(name);
    if (!stored)
      this.partitions.set(name, (stored = { epoch: 0, nextOffset: undefined, seen: new Map(), states: new Map() }));
    return stored;
  }
}
