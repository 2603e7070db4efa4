import { failedPrecondition } from '@fraudflow/core';
import type { BatchContext } from '../consumer/batch-handler.js';
import type { DecodedRecord } from '../consumer/decoded-record.js';
import { classify } from '../consumer/failure.js';
import { retryPassing } from '../consumer/retry.middleware.js';
import { withoutIncarnation } from '../port/record.js';
import { Deferral } from './deferral.js';
import { damagedEntity, isCorruptState, recomputeEntity } from './entity-repair.js';
import { dropSeen, earlierSource, inputMark, inputOf, type Unseen } from './source-marks.js';
import type { StageEffects, StageOutput, StageProcessor } from './stage-definition.js';
import type { StagePartitionOptions } from './stage-partition-options.js';
import type { StageClaim, StageCommit, StageCommitResult, StageRebuild } from './stage-store.port.js';

/** How long a fenced partition rests before it is claimed again, should the group still count it as ours. */
const RECLAIM_AFTER_MS = 10_000;
/** Damaged entities of one batch that are computed again one by one: each costs a reading of the log, so with many the whole partition is cheaper. */
const MOST_REPAIRS = 3;
const NO_EFFECTS: StageEffects = { outputs: [] };

/** One owned partition of a stage: its epoch, its place in the log, and the one way from records to durable effects. */
export class StagePartition<Input> {
  epoch = 0;
  /** First offset not handled yet. */
  next = 0;
  /** Another owner was met, or the state is gone: nothing may be written until this time, when the partition is claimed again. */
  reclaimAtMs: number | undefined;
  /** Set while lost state is being computed again. */
  rebuild: StageRebuild | undefined;
  private stored: number | undefined;
  private seen = new Map<string, number>();
  private processor: StageProcessor<Input> | undefined;
  private readonly deferral = new Deferral();
  /** Of the input, as it is read now. */
  private incarnation: string | undefined;

  constructor(private readonly options: StagePartitionOptions<Input>) {}

  /** True while the outputs of the next record are in the log already. */
  get isReplaying(): boolean {
    return this.next < (this.rebuild?.emitFrom ?? 0);
  }

  /**
   * Takes the partition over; returns the stored next offset. Caches survive if nobody else can have written meanwhile: the epoch went up by
   * one, ours, and the stored offset is where we left it.
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

  /** The incarnation of the input that the claimed state was computed from, if it is known. */
  get storedIncarnation(): string | undefined {
    return inputOf(this.seen);
  }

  /** The claim, without states if they have a layout of which these processors know nothing. */
  private async readable(claim: StageClaim): Promise<StageClaim> {
    const { store, id, layout, onOtherLayout } = this.options;
    if (layout === undefined || claim.nextOffset === undefined || claim.layout === layout) return claim;
    await store?.forget(id, claim.epoch);
    onOtherLayout?.(claim.layout);
    return { epoch: claim.epoch, nextOffset: undefined, seen: new Map() };
  }

  /** Ends the taking over: work begins at this offset of the input as it is now. Until then a fenced partition stays fenced. */
  place(next: number, incarnation?: string): void {
    this.next = next;
    this.incarnation = incarnation;
    this.reclaimAtMs = undefined;
  }

  /** The state is gone but the log is there: from its start on it is computed again, without repeating what was sent. */
  async beginRebuild(rebuild: StageRebuild): Promise<void> {
    const { store, id } = this.options;
    await store?.beginRebuild(id, this.epoch, rebuild);
    this.rebuild = rebuild;
  }

  /** Nothing was ever written to the log: the empty state is complete. */
  async markComplete(): Promise<void> {
    const { store, id } = this.options;
    await store?.endRebuild(id, this.epoch);
    this.rebuild = undefined;
  }

  /** Looks whether the store still knows us; if not, the partition has to be claimed again. True if it was lost. */
  async isLost(): Promise<boolean> {
    const { store, id } = this.options;
    const hold = store && this.reclaimAtMs === undefined ? await store.check(id, this.epoch) : 'ours';
    if (hold === 'lost') this.refuseUntil(0);
    return hold === 'lost';
  }

  /** Records → effects → outputs acknowledged → state and offset committed. On return all of it is durable. */
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

  /** Moves over offsets that left nothing to do: dead letters, tombstones, holes in the log. */
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
    await this.keepClean(() => this.makeDurable(effects, deferral.marksWith(seen), next, context));
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
    return this.keepClean(async () => {
      for (let repairs = 0; ; repairs++) {
        this.processor ??= this.options.open();
        try {
          return await this.processor.process(records, { ...own, mayDefer, read, scan });
        } catch (thrown) {
          if (!isCorruptState(thrown)) throw thrown;
          this.options.onCorrupt(thrown);
          if (repairs === MOST_REPAIRS || !(await this.repaired(thrown, own))) await this.giveUpState(thrown);
        }
      }
    });
  }

  /** States read while the partition was ours: of an emptied store they would look like new entities. The check is answered behind the read. */
  private async readHeld(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    const { store, id } = this.options;
    if (!store) return keys.map(() => undefined);
    const [states, hold] = await Promise.all([store.read(id, keys), store.check(id, this.epoch)]);
    if (hold !== 'ours') throw this.notHeld(hold);
    return states;
  }

  /** Writes the damaged entity's state anew, computed from its own records; all other state stays as it is. False if that cannot be done. */
  private async repaired(cause: unknown, context: BatchContext): Promise<boolean> {
    const { history, store, retry, open, onRepaired } = this.options;
    const entity = damagedEntity(cause);
    const next = this.stored;
    // While the partition itself is being computed again, it may begin anew just as well.
    if (entity === undefined || !history || !store || next === undefined || this.rebuild) return false;
    this.processor = undefined;
    let writes;
    try {
      writes = await recomputeEntity(open(), history(entity, next), context);
    } catch (thrown) {
      if (classify(thrown) !== 'poison') throw thrown;
      return false;
    }
    if (context.signal.aborted) throw this.fenced('is being given up');
    const commit = this.commitOf({ expected: next, next, writes, seen: new Map() });
    const result = await retryPassing(retry, context, () => store.commit(commit));
    if (result !== 'committed') throw this.notHeld(result);
    onRepaired?.(entity);
    return true;
  }

  /** Bytes that fail their checksum say nothing of what else is wrong: the partition's state is computed again from the log. */
  private async giveUpState(cause: unknown): Promise<never> {
    await this.options.store?.forget(this.options.id, this.epoch);
    this.refuseUntil(0);
    throw this.fenced('is computed again', cause);
  }

  /** The effects are fixed by now: faults repeat the writes, never the computation, so no state is applied twice. */
  private async makeDurable(
    { outputs, writes = new Map() }: StageEffects,
    seen: ReadonlyMap<string, number>,
    next: number,
    context: BatchContext,
  ): Promise<void> {
    const { id, store, sink, retry } = this.options;
    const fresh = this.unsent(outputs);
    if (fresh.length > 0) await retryPassing(retry, context, () => sink.emit(id.partition, fresh, context));
    const marks = this.withInput(seen);
    if (store) {
      const endsRebuild = this.rebuild !== undefined && next >= this.rebuild.until;
      const commit = this.commitOf({ expected: this.stored, next, writes, seen: marks, endsRebuild });
      const result = await retryPassing(retry, context, () => store.commit(commit));
      if (result !== 'committed') throw this.notHeld(result);
      this.stored = next;
      if (endsRebuild) {
        this.rebuild = undefined;
        this.options.onRebuilt();
      }
    }
    this.moveTo(next, marks);
  }

  /** The first commit notes which incarnation of the input the state is computed from. */
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
   * After any throw the processor's caches may hold what never became durable: away with it. If that is more than the batch, the partition is claimed
   * again, and its records since the last commit are read again.
   */
  private async keepClean<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      this.processor = undefined;
      if ((thrown as { code?: unknown }).code === 'FENCED') {
        if (this.reclaimAtMs === undefined) this.refuseUntil(RECLAIM_AFTER_MS);
      } else if (!this.deferral.isEmpty) this.giveUpDeferred(thrown);
      throw thrown;
    }
  }

  private giveUpDeferred(cause: unknown): never {
    if (classify(cause) === 'poison') this.deferral.distrust();
    this.refuseUntil(0);
    throw this.fenced('goes back to its last commit', cause);
  }

  private unsent(outputs: readonly StageOutput[]): readonly StageOutput[] {
    const emitFrom = this.rebuild?.emitFrom ?? 0;
    return emitFrom > this.next ? outputs.filter(({ from }) => from.offset >= emitFrom) : outputs;
  }

  private refuseUntil(restMs: number): void {
    this.processor = undefined;
    this.reclaimAtMs = performance.now() + restMs;
  }

  private refuseIfFenced(): void {
    if (this.reclaimAtMs !== undefined) throw this.fenced('is lost');
  }

  /** What to throw when the store did not take a commit: until it is claimed again the partition is not ours. */
  private notHeld(result: Exclude<StageCommitResult, 'committed'>): Error {
    this.refuseUntil(result === 'lost' ? 0 : RECLAIM_AFTER_MS);
    return this.fenced(`is lost (${result})`);
  }

  private fenced(what: string, cause?: unknown): Error {
    const { stage, partition } = this.options.id;
    return failedPrecondition(`partition ${partition} of stage ${stage} ${what}`, { code: 'FENCED', cause });
  }
}
