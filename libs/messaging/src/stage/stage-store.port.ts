/** One input partition of one stage: the unit that is owned, fenced and committed. */
export interface StagePartitionId {
  readonly stage: string;
  readonly partition: number;
}

/** What a new owner finds. */
export interface StageClaim {
  /** Greater than that of any owner before, also of those before a loss of the store. */
  readonly epoch: number;
  /** First offset not yet applied to the state; undefined if nothing ever was. */
  readonly nextOffset: number | undefined;
  /** Highest source sequence applied, per source partition (`topic:partition`). */
  readonly seen: ReadonlyMap<string, number>;
  /** Set while lost state is being computed again from the log. */
  readonly rebuild?: StageRebuild;
  /** The layout that the last commit said the states have; absent if it said none. */
  readonly layout?: string;
}

/** A partition whose state was lost: it is complete again once all records below `until` are applied. */
export interface StageRebuild {
  readonly until: number;
  /** Outputs of input offsets below this are in the log already and are not sent again. */
  readonly emitFrom: number;
}

export interface StageCommit {
  readonly id: StagePartitionId;
  readonly epoch: number;
  /** The `nextOffset` the writer believes to be stored. */
  readonly expected: number | undefined;
  readonly next: number;
  /** New packed state per key; null deletes. */
  readonly writes: ReadonlyMap<string, Uint8Array | null>;
  /** New marks of the sources that appeared in the batch. */
  readonly seen: ReadonlyMap<string, number>;
  /** The state is complete again: ends the rebuild. */
  readonly endsRebuild?: boolean;
  /** The layout that the partition's states have. */
  readonly layout?: string;
}

/**
 * `fenced`: the partition has a newer owner, nothing was written. `gap`: the stored offset is neither `expected` nor already
 * `next`, or `next` lies before it; nothing was written. `lost`: the store knows nothing of the partition any more; nothing was written.
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
 * Keeps entity states, the next offset and the source marks of a stage's partitions, and moves them together. Every method rejects with a
 * retryable AppError if the store cannot be reached; a commit whose answer was lost may be repeated unchanged.
 */
export interface StageStore {
  /** Takes the partition over: from now on commits of every earlier epoch are `fenced`. */
  claim(id: StagePartitionId): Promise<StageClaim>;
  /** The packed states of keys, in their order; undefined where there is none. A `check` called right behind it is answered behind it. */
  read(id: StagePartitionId, keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>;
  /**
   * Some keys of the partition's states, and the cursor that the next call goes on with; undefined when all were given. A key may come twice; one
   * that is there all the time comes at least once.
   */
  scan(id: StagePartitionId, cursor: string | undefined): Promise<StageKeys>;
  /** Writes everything or nothing. */
  commit(commit: StageCommit): Promise<StageCommitResult>;
  /**
   * Removes what is left of the partition's states and notes that they are incomplete until the log is applied up to `until`; readers are
   * told. Ignored from an older epoch.
   */
  beginRebuild(id: StagePartitionId, epoch: number, rebuild: StageRebuild): Promise<void>;
  /** Says that nothing is missing: a partition whose log is empty needs no rebuild. Ignored from an older epoch. */
  endRebuild(id: StagePartitionId, epoch: number): Promise<void>;
  /** Forgets state, offset and marks, unless a newer owner has the partition: the next claim starts with nothing. */
  forget(id: StagePartitionId, epoch: number): Promise<void>;
  /** Asks whether the partition is still held under this epoch. */
  check(id: StagePartitionId, epoch: number): Promise<StageHold>;
}
