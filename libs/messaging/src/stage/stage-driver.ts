import type { StageStore } from '@fraudflow/contracts';
import { asError, defined, failedPrecondition } from '@fraudflow/core';
import type { Logger } from '@fraudflow/observability';
import type { BatchContext, BatchHandler } from '../consumer/handling/batch-handler.js';
import { DecodedRecord } from '../consumer/handling/decoded-record.js';
import { classify } from '../consumer/handling/failure.js';
import type { MessagingMetrics } from '../consumer/handling/messaging-metrics.js';
import type { PartitionDriver } from '../consumer/partition-driver.js';
import type { RetryOptions } from '../consumer/handling/retry.middleware.js';
import type { BatchControl, BatchOutcome, BusAdmin, OffsetRange } from '../port/bus.js';
import type { RawBatch, RawRecord, TopicPartition } from '../port/record.js';
import { decoderOf } from '../consumer/subscription.js';
import { entityHistory } from './entity-repair.js';
import { rebuildStart } from './rebuild-start.js';
import type { OutputSink } from './output-sink.js';
import type { StageDefinition } from './stage-definition.js';
import { StagePartition } from './stage-partition.js';

export interface StageDriverOptions<Input> {
  readonly definition: StageDefinition<Input>;
  readonly groupId: string;
  readonly store: StageStore | undefined;
  readonly sink: OutputSink;
  readonly admin: BusAdmin;
  readonly logger: Logger;
  readonly metrics: MessagingMetrics | undefined;
  readonly retry: Pick<RetryOptions, 'firstBackoffMs' | 'lastBackoffMs'>;
}

const FENCED_POLL_MS = 500;
/** The group's offset is only a hint, for lag metrics and empty outputs; the store or the output is authoritative. */
const HINT_EVERY_MS = 500;

/** An offset that has not been committed to the group yet. */
interface OffsetHint extends TopicPartition {
  readonly nextOffset: number;
  readonly control: BatchControl;
}

/**
 * Determines the start offsets of a stage's partitions from the store and the output, never from the group's offset
 * alone.
 */
export class StageDriver<Input> implements PartitionDriver<Input> {
  private readonly partitions = new Map<number, StagePartition<Input>>();
  private readonly hintedAtMs = new Map<number, number>();
  private readonly hints = new Map<number, OffsetHint>();

  constructor(private readonly options: StageDriverOptions<Input>) {}

  async assigned(target: TopicPartition): Promise<number> {
    const partition = this.partitions.get(target.partition) ?? this.create(target.partition);
    const storedNext = await partition.claim();
    const { admin, sink } = this.options;
    const incarnation = await admin.incarnation(target.topic);
    const emitted = await sink.open(target.partition, incarnation);
    const range = await admin.offsetRange(target);
    if (storedNext !== undefined) this.checkInput(partition, target, incarnation);
    const start = this.options.store
      ? await this.startOf(partition, target, range, storedNext)
      : await this.startAfterOutput(target, emitted, range);
    partition.startAt(start, incarnation);
    this.partitions.set(target.partition, partition);
    const { logger, definition } = this.options;
    logger.info({
      event: 'stage_partition_taken',
      stage: definition.name,
      topic: target.topic,
      partition: target.partition,
      epoch: partition.epoch,
      next: partition.next,
    });
    return partition.next;
  }

  revoked({ partition }: TopicPartition): void {
    this.partitions.delete(partition);
    this.hintedAtMs.delete(partition);
    this.hints.delete(partition);
    this.options.sink.close(partition);
    this.options.definition.closed?.(partition);
  }

  async watch({ partition }: TopicPartition): Promise<boolean> {
    const hint = this.hints.get(partition);
    if (hint) await this.sendHint(hint);
    return (await this.partitions.get(partition)?.isLost()) ?? false;
  }

  epochOf({ partition }: TopicPartition): number {
    return this.partitions.get(partition)?.epoch ?? 0;
  }

  async redirect(batch: RawBatch): Promise<BatchOutcome | undefined> {
    const partition = this.partitionOf(batch);
    if (partition.reclaimAtMs !== undefined) {
      return performance.now() >= partition.reclaimAtMs
        ? { nextOffset: await this.assigned({ topic: batch.topic, partition: batch.partition }) }
        : { nextOffset: batch.fetchOffset, pauseMs: FENCED_POLL_MS };
    }
    if (batch.nextOffset <= partition.next) return { nextOffset: partition.next };
    if (batch.fetchOffset > partition.next) return { nextOffset: partition.next };
    return undefined;
  }

  readonly handle: BatchHandler<Input> = (records, context) => this.partitionOf(context).handle(records, context);

  async finish(nextOffset: number, context: BatchContext, control: BatchControl): Promise<void> {
    const partition = this.partitionOf(context);
    await partition.skipTo(nextOffset, context);
    // The committed offset must keep the end of the outputs, in case the state is lost again.
    if (partition.isReplaying) return;
    const hint = { topic: context.topic, partition: context.partition, nextOffset, control };
    const hintedAtMs = this.hintedAtMs.get(context.partition) ?? Number.NEGATIVE_INFINITY;
    if (performance.now() - hintedAtMs < HINT_EVERY_MS && !context.signal.aborted) {
      this.hints.set(context.partition, hint);
      return;
    }
    await this.sendHint(hint);
  }

  private async sendHint({ partition, nextOffset, control }: OffsetHint): Promise<void> {
    this.hints.delete(partition);
    this.hintedAtMs.set(partition, performance.now());
    try {
      await control.commit(nextOffset);
    } catch (thrown) {
      if (classify(thrown) === 'poison') throw thrown;
      this.options.logger.debug({ event: 'offset_hint_failed', partition, error: asError(thrown).message });
    }
  }

  private create(partition: number): StagePartition<Input> {
    const { definition, store, sink, admin, logger, metrics, retry, groupId } = this.options;
    const { input, subscription = {} } = definition;
    const decode = decoderOf(input, subscription);
    const labels = { topic: definition.input.name, group: groupId };
    return new StagePartition({
      id: { stage: definition.name, partition },
      store,
      sink,
      open: () => definition.open(partition),
      retry: { ...retry, logger, metrics },
      onDuplicates: (count) => metrics?.duplicates.inc(labels, count),
      onRebuilt: () => this.reportRebuilt(partition),
      onNewSource: (source, earlier) => this.reportNewSource(source, earlier),
      layout: definition.layout,
      onOtherLayout: (stored) => this.reportOtherLayout(partition, stored),
      history: entityHistory(admin, { topic: input.name, partition }, decode, (range) =>
        this.rebuildStart({ topic: input.name, partition }, range),
      ),
      onCorrupt: (cause) => this.reportCorrupt(partition, cause),
      onRepaired: (entity) => this.reportRepaired(partition, entity),
    });
  }

  private async startOf(
    partition: StagePartition<Input>,
    target: TopicPartition,
    range: OffsetRange,
    storedNext: number | undefined,
  ): Promise<number> {
    if (storedNext === undefined) return this.startRebuild(partition, target, range);
    if (storedNext > range.end) {
      throw this.aheadOfLog(
        target,
        `is at offset ${storedNext}, but ${target.topic} ends at ${range.end}: the end of the log was lost`,
      );
    }
    return storedNext;
  }

  /** Rejects state of another incarnation of the input: offsets of a recreated topic do not apply to the state. */
  private checkInput(partition: StagePartition<Input>, target: TopicPartition, now: string | undefined): void {
    const stored = partition.storedIncarnation;
    if (stored === undefined || now === undefined || stored === now) return;
    throw this.aheadOfLog(
      target,
      `was computed from ${target.topic} before that topic was deleted and created again (${stored}, now ${now})`,
    );
  }

  private aheadOfLog({ partition }: TopicPartition, what: string): Error {
    const { name } = this.options.definition;
    return failedPrecondition(
      `stage ${name}: the state of partition ${partition} ${what}. Restore the log, or delete the stage's keys in Redis ` +
        `(all that contain {${name}:${partition}}): the partition is then rebuilt from the log, and nothing else has to be reset.`,
      { code: 'STATE_AHEAD_OF_LOG' },
    );
  }

  /** There is no state: either no record was ever processed, or the store has lost it. */
  private async startRebuild(
    partition: StagePartition<Input>,
    target: TopicPartition,
    range: OffsetRange,
  ): Promise<number> {
    const { definition, logger, groupId, admin } = this.options;
    const committed = (await admin.committed(groupId, target.topic))[target.partition] ?? 0;
    // Records beyond the end do not exist yet, so their outputs are still to be written.
    const emitFrom = Math.min(committed, range.end);
    if (range.end === range.start) {
      await partition.markComplete();
      return range.start;
    }
    const { topic, partition: number } = target;
    // Outputs that were not sent yet must be sent, even if their records no longer count in any state.
    const from = Math.max(range.start, Math.min(emitFrom, await this.rebuildStart(target, range)));
    const details = { stage: definition.name, topic, partition: number, from, until: range.end, emitFrom };
    if (emitFrom > range.start) {
      const text = 'the store has no state for a partition that was processed before: rebuilding it from the log';
      logger.error({ event: 'stage_state_missing', ...details }, text);
    }
    // Also at a first start with a backlog: until it is processed, reads return incomplete state.
    await partition.beginRebuild({ until: range.end, emitFrom });
    return from;
  }

  private async rebuildStart(target: TopicPartition, range: OffsetRange): Promise<number> {
    const { admin, definition } = this.options;
    const { input, subscription = {}, stateReachMs } = definition;
    const { eventTimeMs } = subscription;
    if (stateReachMs === undefined || eventTimeMs === undefined) return range.start;
    const decode = decoderOf(input, subscription);
    const eventTimeOf = (raw: RawRecord): number =>
      eventTimeMs(new DecodedRecord(target.topic, target.partition, raw, decode(raw)));
    return rebuildStart(admin, target, range, { reachMs: stateReachMs, eventTimeOf });
  }

  private reportOtherLayout(partition: number, stored: string | undefined): void {
    const { definition, logger } = this.options;
    const details = {
      stage: definition.name,
      topic: definition.input.name,
      partition,
      stored,
      expected: definition.layout,
    };
    logger.warn(
      { event: 'stage_state_layout_changed', ...details },
      'the stored states have another layout: rebuilding',
    );
  }

  private reportRebuilt(partition: number): void {
    const { definition, logger } = this.options;
    logger.info({ event: 'stage_state_rebuilt', stage: definition.name, topic: definition.input.name, partition });
  }

  private reportCorrupt(partition: number, cause: unknown): void {
    const { definition, logger, metrics, groupId } = this.options;
    metrics?.corruptStates.inc({ topic: definition.input.name, group: groupId });
    const details = { stage: definition.name, partition, error: asError(cause).message };
    logger.error(
      { event: 'stage_state_corrupt', ...details },
      'stored state is damaged: computing it again from the log',
    );
  }

  private reportRepaired(partition: number, entity: string): void {
    const { definition, logger } = this.options;
    logger.info({ event: 'stage_entity_repaired', stage: definition.name, partition, entity });
  }

  /**
   * Start offset of a stateless stage: after the last input in the output, or the group's committed offset if that is
   * greater.
   */
  private async startAfterOutput(
    target: TopicPartition,
    emitted: number | undefined,
    range: OffsetRange,
  ): Promise<number> {
    const { admin, groupId, sink, logger, definition } = this.options;
    const committed = (await admin.committed(groupId, target.topic))[target.partition] ?? 0;
    const shown = emitted === undefined ? 0 : emitted + 1;
    if (shown > range.end) {
      const { topic, partition } = target;
      const line = { event: 'output_ahead_of_log', stage: definition.name, topic, partition, shown, end: range.end };
      logger.error(
        line,
        'the output was computed from records that the log has lost: outputs of new records are written',
      );
      sink.rewind?.(partition, range.end);
    }
    return Math.min(Math.max(shown, committed, range.start), range.end);
  }

  private reportNewSource(source: string, earlier: string): void {
    const { definition, logger, metrics, groupId } = this.options;
    metrics?.incarnations.inc({ topic: definition.input.name, group: groupId });
    const line = { event: 'source_created_anew', stage: definition.name, source, earlier };
    logger.error(line, 'the topic of a source was deleted and created again: its records count as new');
  }

  private partitionOf({ partition }: { readonly partition: number }): StagePartition<Input> {
    return defined(this.partitions.get(partition), `stage partition ${partition}`);
  }
}
