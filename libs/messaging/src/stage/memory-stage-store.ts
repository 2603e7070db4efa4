import type {
  StageClaim,
  StageCommit,
  StageCommitResult,
  StageHold,
  StageKeys,
  StagePartitionId,
  StageRebuild,
  StageStore,
} from '@fraudflow/contracts';

/** Keys per page of `scan`. */
const SCAN_KEYS = 100;

interface StoredPartition {
  epoch: number;
  nextOffset: number | undefined;
  rebuild: StageRebuild | undefined;
  layout: string | undefined;
  readonly seen: Map<string, number>;
  readonly states: Map<string, Uint8Array>;
}

/** A `StageStore` in one process, for tests and tools. */
export class MemoryStageStore implements StageStore {
  private readonly partitions = new Map<string, StoredPartition>();
  private firstEpoch = 1;

  async claim(id: StagePartitionId): Promise<StageClaim> {
    const stored = this.partition(id);
    stored.epoch = stored.epoch === 0 ? this.firstEpoch : stored.epoch + 1;
    const { epoch, nextOffset, rebuild, layout } = stored;
    return {
      epoch,
      nextOffset,
      seen: new Map(stored.seen),
      ...(rebuild === undefined ? {} : { rebuild }),
      ...(layout === undefined ? {} : { layout }),
    };
  }

  async read(id: StagePartitionId, keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    const { states } = this.partition(id);
    return keys.map((key) => states.get(key));
  }

  async scan(id: StagePartitionId, cursor = '0'): Promise<StageKeys> {
    const from = Number(cursor);
    const keys = [...this.partition(id).states.keys()];
    const next = from + SCAN_KEYS;
    return { keys: keys.slice(from, next), cursor: next < keys.length ? String(next) : undefined };
  }

  async commit({
    id,
    epoch,
    expected,
    next,
    writes,
    seen,
    endsRebuild,
    layout,
  }: StageCommit): Promise<StageCommitResult> {
    const stored = this.partition(id);
    if (stored.epoch === 0) return 'lost';
    if (epoch !== stored.epoch) return 'fenced';
    if (stored.nextOffset === next && expected !== next) return 'committed';
    if (stored.nextOffset !== expected || next < (expected ?? 0)) return 'gap';
    for (const [key, state] of writes) {
      if (state === null) stored.states.delete(key);
      else stored.states.set(key, state.slice());
    }
    for (const [source, mark] of seen) stored.seen.set(source, mark);
    stored.nextOffset = next;
    stored.layout = layout;
    if (endsRebuild) stored.rebuild = undefined;
    return 'committed';
  }

  async beginRebuild(id: StagePartitionId, epoch: number, rebuild: StageRebuild): Promise<void> {
    const stored = this.partition(id);
    if (stored.epoch !== epoch) return;
    stored.states.clear();
    stored.rebuild = rebuild;
  }

  async endRebuild(id: StagePartitionId, epoch: number): Promise<void> {
    const stored = this.partition(id);
    if (stored.epoch === epoch) stored.rebuild = undefined;
  }

  async forget(id: StagePartitionId, epoch: number): Promise<void> {
    const stored = this.partition(id);
    if (stored.epoch !== epoch) return;
    stored.nextOffset = undefined;
    stored.layout = undefined;
    stored.seen.clear();
  }

  async check(id: StagePartitionId, epoch: number): Promise<StageHold> {
    const stored = this.partition(id);
    if (stored.epoch === 0) return 'lost';
    return stored.epoch === epoch ? 'ours' : 'fenced';
  }

  /** Simulates the loss of all data. Epochs continue to rise. */
  lose(): void {
    this.firstEpoch += 1_000;
    this.partitions.clear();
  }

  private partition({ stage, partition }: StagePartitionId): StoredPartition {
    const name = `${stage}:${partition}`;
    let stored = this.partitions.get(name);
    if (!stored)
      this.partitions.set(
        name,
        (stored = {
          epoch: 0,
          nextOffset: undefined,
          rebuild: undefined,
          layout: undefined,
          seen: new Map(),
          states: new Map(),
        }),
      );
    return stored;
  }
}
