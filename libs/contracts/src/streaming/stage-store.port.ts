/** One input partition of one stage: the unit of ownership, fencing and commits. */
export interface StagePartitionId {
  readonly stage: string;
  readonly partition: number;
}

/** The stored position that a new owner receives. */
export interface StageClaim {
  /** Greater than the epoch of every earlier owner, also across a loss of the store. */
  readonly epoch: number;
  /** First offset not yet applied to the state; undefined if none was ever applied. */
  readonly nextOffset: number | undefined;
  /** Highest applied source sequence number, per source partition (`topic:partition`). */
  readonly seen: ReadonlyMap<string, number>;
  /** Set while lost state is being rebuilt from the log. */
  readonly rebuild?: StageRebuild;
  /** The states' layout according to the last commit; absent if it had none. */
  readonly layout?: string;
}

/** A partition whose state was lost: it is complete again once all records below `until` are applied. */
export interface StageRebuild {
  readonly until: number;
  /** Outputs of input offsets below this are in the log already and are not sent again. */
  readonly emitFrom: number;
}

/** One atomic change of a partition: its states, next offset and marks. */
export interface StageCommit {
  readonly id: StagePartitionId;
  readonly epoch: number;
  /** The `nextOffset` that the writer expects to be stored. */
  readonly expected: number | undefined;
  readonly next: number;
  /** New packed state per key; null deletes. */
  readonly writes: ReadonlyMap<string, Uint8Array | null>;
  /** New high-water marks of the sources in the batch. */
  readonly seen: ReadonlyMap<string, number>;
  /** The state is complete again: ends the rebuild. */
  readonly endsRebuild?: boolean;
  /** The layout of the partition's states. */
  readonly layout?: string;
}

/**
 * `fenced`: the partition has a newer owner. `gap`: the stored offset is neither `expected` nor already `next`, or
 * `next` is before it. `lost`: the store has no data of the partition. Nothing is written in these cases.
 */
export type StageCommitResult = 'committed' | 'fenced' | 'gap' | 'lost';

/** A page of keys. */
export interface StageKeys {
  readonly keys: readonly string[];
  readonly cursor: string | undefined;
}

/** `ours`: the epoch is the newest. */
export type StageHold = 'ours' | 'fenced' | 'lost';

/**
 * Stores entity states, the next offset and the source marks of a stage's partitions, and updates them atomically.
 * Every method rejects with a retryable AppError if the store cannot be reached; a commit whose response was lost may
 * be repeated unchanged.
 */
export interface StageStore {
  /** Claims the partition: from now on commits of every earlier epoch are `fenced`. */
  claim(id: StagePartitionId): Promise<StageClaim>;
  /**
   * The packed states of keys, in their order; undefined for missing ones. A `check` called directly afterwards is
   * processed after it.
   */
  read(id: StagePartitionId, keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>;
  /**
   * Some keys of the partition's states, and the cursor of the next call; undefined after the last page. A key may
   * occur twice; a key that exists during the whole scan occurs at least once.
   */
  scan(id: StagePartitionId, cursor: string | undefined): Promise<StageKeys>;
  /** Writes all changes or none. */
  commit(commit: StageCommit): Promise<StageCommitResult>;
  /**
   * Removes the partition's remaining states and marks them as incomplete until the log is applied up to `until`;
   * readers see that mark. Ignored from an older epoch.
   */
  beginRebuild(id: StagePartitionId, epoch: number, rebuild: StageRebuild): Promise<void>;
  /** Marks the states as complete: a partition with an empty log needs no rebuild. Ignored from an older epoch. */
  endRebuild(id: StagePartitionId, epoch: number): Promise<void>;
  /**
   * Deletes offset and marks and invalidates the state, unless a newer owner has the partition: the next claim starts
   * without state.
   */
  forget(id: StagePartitionId, epoch: number): Promise<void>;
  /** Checks whether the partition is still held under this epoch. */
  check(id: StagePartitionId, epoch: number): Promise<StageHold>;
}
