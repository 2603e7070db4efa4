import type { StageClaim, StageCommit, StageCommitResult, StageRebuild } from '@fraudflow/contracts';
import { failedPrecondition } from '@fraudflow/core';
import type { BatchContext } from '../consumer/handling/batch-handler.js';
import type { DecodedRecord } from '../consumer/handling/decoded-record.js';
import { classify } from '../consumer/handling/failure.js';
import { retryTransient } from '../consumer/handling/retry.middleware.js';
import { withoutIncarnation } from '../port/record.js';
import { Deferral } from './deferral.js';
import { damagedEntity, isCorruptState, recomputeEntity } from './entity-repair.js';
import { dropSeen, earlierSource, inputMark, inputOf, type Unseen } from './source-marks.js';
import type { StageEffects, StageOutput, StageProcessor } from './stage-definition.js';
import type { StagePartitionOptions } from './stage-partition-options.js';

/** Time before a fenced partition is claimed again if it is still assigned to us, ms. */
const RECLAIM_AFTER_MS = 10_000;
/** Upper bound of damaged entities per batch that are recomputed one by one; each recomputation reads the log. */
const MAX_REPAIRS = 3;
const NO_EFFECTS: StageEffects = { outputs: [] };

/** One owned partition of a stage: its epoch, its position in the log, and the path from records to durable effects. */
export class StagePartition<Input> {
  epoch = 0;
  /** First offset not handled yet. */
  next = 0;
  /** Time of the next claim; set while nothing may be written because of another owner or lost state. */
  reclaimAtMs: number | undefined;
  /** Set while lost state is being rebuilt. */
  rebuild: StageRebuild | undefined;
  private stored: number | undefined;
  private seen = new Map<string, number>();
  private processor: StageProcessor<Input> | undefined;
  private readonly deferral = new Deferral();
  /** The current incarnation of the input. */
  private incarnation: string | undefined;

  constructor(private readonly options: StagePartitionOptions<Input>) {}

  /** True while the outputs of the next record are already in the log. */
  get isReplaying(): boolean {
    return this.next < (this.rebuild?.emitFrom ?? 0);
  }

  /**
   * Claims the partition; returns the stored next offset. Caches stay valid if no other worker can have written since:
   * the epoch rose by one, for this claim, and the stored offset is unchanged.
   */
  async claim(): Promise<number | undefined> {
    const { store, id } = this.options;
    if (!store) {
      this.epoch++;
      this.processor = undefined;
      return undefined;
    }
    const claim = await this.readable(await store.claim(id));
    const undisturbed = claim.epoch === this.epoch + 1 && claim.nextOffset === this.stored;
    if (!undisturbed || !this.deferral.isEmpty) this.processor = undefined;
    this.deferral.clear();
    this.epoch = claim.epoch;
    this.rebuild = claim.rebuild;
    this.stored = claim.nextOffset;
    this.seen = new Map(claim.seen);
    return claim.nextOffset;
  }

  /** The incarnation of the input that the claimed state was computed from, if known. */
  get storedIncarnation(): string | undefined {
    return inputOf(this.seen);
  }

  /** The claim, without its states if they have another layout than these processors read. */
  private async readable(claim: StageClaim): Promise<StageClaim> {
    const { store, id, layout, onOtherLayout } = this.options;
    if (layout === undefined || claim.nextOffset === undefined || claim.layout === layout) return claim;
    await store?.forget(id, claim.epoch);
    onOtherLayout?.(claim.layout);
    return { epoch: claim.epoch, nextOffset: undefined, seen: new Map() };
  }

  /** Completes the claim: work starts at this offset. Until then a fenced partition stays fenced. */
  startAt(next: number, incarnation?: string): void {
    this.next = next;
    this.incarnation = incarnation;
    this.reclaimAtMs = undefined;
  }

  /** Starts a rebuild of lost state from the log, without repeating outputs that were sent. */
  async beginRebuild(rebuild: StageRebuild): Promise<void> {
    const { store, id } = this.options;
    await store?.beginRebuild(id, this.epoch, rebuild);
    this.rebuild = rebuild;
  }

  /** The log is empty, so the empty state is complete. */
  async markComplete(): Promise<void> {
    const { store, id } = this.options;
    await store?.endRebuild(id, this.epoch);
    this.rebuild = undefined;
  }

  /** True if the store has lost our claim; the partition then has to be claimed again. */
  async isLost(): Promise<boolean> {
    const { store, id } = this.options;
    const hold = store && this.reclaimAtMs === undefined ? await store.check(id, this.epoch) : 'ours';
    if (hold === 'lost') this.refuseUntil(0);
    return hold === 'lost';
  }

  /** Makes all effects of the records durable: outputs first, then state and offset. @throws AppError FENCED */
  async handle(records: readonly DecodedRecord<Input>[], context: BatchContext): Promise<void> {
    this.refuseIfFenced();
    const ahead = records.filter((record) => record.offset >= this.next);
    const last = ahead.at(-1);
    if (!last) return;
    const { records: unseen, seen } = dropSeen(ahead, this.seen);
    if (unseen.length < ahead.length) this.options.onDuplicates(ahead.length - unseen.length);
    this.noteNewSources(seen);
    await this.advance({ records: unseen, seen }, last.offset + 1, context);
  }

  private noteNewSources(seen: ReadonlyMap<string, number>): void {
    for (const source of seen.keys()) {
      if (this.seen.has(source) || withoutIncarnation(source) === source) continue;
      const earlier = earlierSource(source, this.seen);
      if (earlier !== undefined && seen.get(earlier) === undefined) this.options.onNewSource?.(source, earlier);
    }
  }

  /** Advances over offsets without work: dead letters, tombstones, gaps in the log. */
  async skipTo(nextOffset: number, context: BatchContext): Promise<void> {
    this.refuseIfFenced();
    if (nextOffset > this.next) await this.advance({ records: [], seen: new Map() }, nextOffset, context);
  }

  private async advance({ records, seen }: Unseen<Input>, next: number, context: BatchContext): Promise<void> {
    const { deferral } = this;
    const mayDefer = deferral.allows(this.rebuild, next, records.length);
    const isNothing = records.length === 0 && deferral.isEmpty;
    const effects = isNothing ? NO_EFFECTS : await this.process(records, context, mayDefer);
    if (effects.isDeferred) {
      deferral.add(records.length, seen);
      this.moveTo(next, seen);
      return;
    }
    await this.resetOnError(() => this.makeDurable(effects, deferral.marksWith(seen), next, context));
    deferral.clear();
  }

  private async process(
    records: readonly DecodedRecord<Input>[],
    context: BatchContext,
    mayDefer: boolean,
  ): Promise<StageEffects> {
    const { store, id } = this.options;
    const own = { ...context, epoch: this.epoch };
    const read = (keys: readonly string[]) => this.readHeld(keys);
    const scan = async (cursor: string | undefined) => store?.scan(id, cursor) ?? { keys: [], cursor: undefined };
    return this.resetOnError(async () => {
      for (let repairs = 0; ; repairs++) {
        this.processor ??= this.options.open();
        try {
          return await this.processor.process(records, { ...own, mayDefer, read, scan });
        } catch (thrown) {
          if (!isCorruptState(thrown)) throw thrown;
          this.options.onCorrupt(thrown);
          if (repairs === MAX_REPAIRS || !(await this.repaired(thrown, own))) await this.discardState(thrown);
        }
      }
    });
  }

  /** Reads states and then verifies the claim, because states of an emptied store would look like new entities. */
  private async readHeld(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    const { store, id } = this.options;
    if (!store) return keys.map(() => undefined);
    const [states, hold] = await Promise.all([store.read(id, keys), store.check(id, this.epoch)]);
    if (hold !== 'ours') throw this.notHeld(hold);
    return states;
  }

  /** Recomputes a damaged entity's state from its own records. Other states are unchanged. False if not possible. */
  private async repaired(cause: unknown, context: BatchContext): Promise<boolean> {
    const { history, store, retry, open, onRepaired } = this.options;
    const entity = damagedEntity(cause);
    const next = this.stored;
    // During a rebuild the partition restarts its rebuild instead.
    if (entity === undefined || !history || !store || next === undefined || this.rebuild) return false;
    this.processor = undefined;
    let writes;
    try {
      writes = await recomputeEntity(open(), history(entity, next), context);
    } catch (thrown) {
      if (classify(thrown) !== 'poison') throw thrown;
      return false;
    }
    if (context.signal.aborted) throw this.fenced('is being revoked');
    const commit = this.commitOf({ expected: next, next, writes, seen: new Map() });
    const result = await retryTransient(retry, context, () => store.commit(commit));
    if (result !== 'committed') throw this.notHeld(result);
    onRepaired?.(entity);
    return true;
  }

  /** Other states may be damaged too, so the partition's state is rebuilt from the log. */
  private async discardState(cause: unknown): Promise<never> {
    await this.options.store?.forget(this.options.id, this.epoch);
    this.refuseUntil(0);
    throw this.fenced('is being rebuilt', cause);
  }

  /** The effects are final: faults repeat the writes, never the computation, so no record is applied twice. */
  private async makeDurable(
    { outputs, writes = new Map() }: StageEffects,
    seen: ReadonlyMap<string, number>,
    next: number,
    context: BatchContext,
  ): Promise<void> {
    const { id, store, sink, retry } = this.options;
    const fresh = this.unsent(outputs);
    if (fresh.length > 0) await retryTransient(retry, context, () => sink.emit(id.partition, fresh, context));
    const marks = this.withInput(seen);
    if (store) {
      const endsRebuild = this.rebuild !== undefined && next >= this.rebuild.until;
      const commit = this.commitOf({ expected: this.stored, next, writes, seen: marks, endsRebuild });
      const result = await retryTransient(retry, context, () => store.commit(commit));
      if (result !== 'committed') throw this.notHeld(result);
      this.stored = next;
      if (endsRebuild) {
        this.rebuild = undefined;
        this.options.onRebuilt();
      }
    }
    this.moveTo(next, marks);
  }

  /** Adds the input's incarnation to the marks of the first commit. */
  private withInput(seen: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
    const { incarnation } = this;
    if (incarnation === undefined || this.seen.has(inputMark(incarnation))) return seen;
    return new Map([...seen, [inputMark(incarnation), 0]]);
  }

  private commitOf(effects: Omit<StageCommit, 'id' | 'epoch' | 'layout'>): StageCommit {
    const { id, layout } = this.options;
    return { id, epoch: this.epoch, ...effects, ...(layout === undefined ? {} : { layout }) };
  }

  private moveTo(next: number, seen: ReadonlyMap<string, number>): void {
    for (const [source, mark] of seen) this.seen.set(source, mark);
    this.next = next;
  }

  /**
   * Drops the processor after any error, because its caches may contain changes that never became durable. If deferred
   * records are affected too, the partition is claimed again and reads its records since the last commit again.
   */
  private async resetOnError<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      this.processor = undefined;
      if ((thrown as { code?: unknown }).code === 'FENCED') {
        if (this.reclaimAtMs === undefined) this.refuseUntil(RECLAIM_AFTER_MS);
      } else if (!this.deferral.isEmpty) this.discardDeferred(thrown);
      throw thrown;
    }
  }

  private discardDeferred(cause: unknown): never {
    if (classify(cause) === 'poison') this.deferral.disable();
    this.refuseUntil(0);
    throw this.fenced('returns to its last commit', cause);
  }

  private unsent(outputs: readonly StageOutput[]): readonly StageOutput[] {
    const emitFrom = this.rebuild?.emitFrom ?? 0;
    return emitFrom > this.next ? outputs.filter(({ from }) => from.offset >= emitFrom) : outputs;
  }

  private refuseUntil(waitMs: number): void {
    this.processor = undefined;
    this.reclaimAtMs = performance.now() + waitMs;
  }

  private refuseIfFenced(): void {
    if (this.reclaimAtMs !== undefined) throw this.fenced('is lost');
  }

  /** The error to throw when the store rejects a commit: the partition is not ours until it is claimed again. */
  private notHeld(result: Exclude<StageCommitResult, 'committed'>): Error {
    this.refuseUntil(result === 'lost' ? 0 : RECLAIM_AFTER_MS);
    return this.fenced(`is lost (${result})`);
  }

  private fenced(what: string, cause?: unknown): Error {
    const { stage, partition } = this.options.id;
    return failedPrecondition(`partition ${partition} of stage ${stage} ${what}`, { code: 'FENCED', cause });
  }
}
