/** One input partition of one stage: the unit that is owned, fenced and committed. */
export interface StagePartitionId {
  readonly stage: string;
  readonly partition: number;
}

/** What a new owner finds. */
export interface StageClaim {
  /** Greater than that of any owner before. */
  readonly epoch: number;
  /** First offset not yet applied to the state; undefined if nothing ever was. */
  readonly nextOffset: number | undefined;
  /** Highest source sequence applied, per source partition (`topic:partition`). */
  readonly seen: ReadonlyMap<string, number>;
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
}

/**
 * `fenced`: the partition has a newer owner, nothing was written. `gap`: the stored offset is neither `expected` nor already
 * `next`, or `next` lies before it; nothing was written.
 */
export type StageCommitResult = 'committed' | 'fenced' | 'gap';

/**
 * Keeps entity states, the next offset and the source marks of a stage's partitions, and moves them together. Every method rejects with a
 * retryable AppError if the store cannot be reached; a commit whose answer was lost may be repeated unchanged.
 */
export interface StageStore {
  /** Takes the partition over: from now on commits of every earlier epoch are `fenced`. */
  claim(id: StagePartitionId): Promise<StageClaim>;
  /** The packed states of keys, in their order; undefined where there is none. */
  read(id: StagePartitionId, keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>;
  /** Writes everything or nothing. */
  commit(commit: StageCommit): Promise<StageCommitResult>;
}
