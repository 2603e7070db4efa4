import type { WatermarkExchange } from '@fraudflow/contracts';
import type { HealthRegistry, HealthStatus, Logger, Registry } from '@fraudflow/observability';
import { asError, defined, delay } from '@fraudflow/core';
import {
  type BatchControl,
  type BatchOutcome,
  type BusConsumer,
  type BusConsumerOptions,
  type EventBus,
  FULL_SIZE_PARTITIONS,
  type RawProducer,
} from '../port/bus.js';
import { partitionName, type RawBatch, type TopicPartition } from '../port/record.js';
import { BatchPipeline } from './batch-pipeline.js';
import { DeadLetters } from './handling/dead-letters.js';
import { classify } from './handling/failure.js';
import { WatermarkAlignment, type EventTimeMergeOptions } from './watermark-alignment.js';
import { WatermarkSync } from './watermark-sync.js';
import { LagWatch } from './lag-watch.js';
import { messagingMetrics, type MessagingMetrics } from './handling/messaging-metrics.js';
import type { AnySubscription } from './subscription.js';

/** Group, subscriptions and dependencies of a runtime. */
export interface ConsumerRuntimeOptions extends Omit<BusConsumerOptions, 'topics'> {
  readonly bus: EventBus;
  /** Writes dead letters; usually the service's one producer. */
  readonly producer: RawProducer;
  readonly logger: Logger;
  readonly metrics?: Registry;
  readonly subscriptions: readonly AnySubscription[];
  /** Records per handler call, at most. Default 1 000. */
  readonly maxBatchRecords?: number;
  /**
   * Records in handlers at the same time, over all partitions of this member, in equal shares of at least 100. Default:
   * four times `maxBatchRecords`.
   */
  readonly maxRecords?: number;
  /** Enables watermark alignment over partitions and topics during catch-up. Off by default. */
  readonly merge?: EventTimeMergeOptions;
  /** With `merge`: aligns the watermarks of the workers of a service, too. */
  readonly watermarkExchange?: WatermarkExchange;
  readonly retry?: { readonly firstBackoffMs?: number; readonly lastBackoffMs?: number };
  /**
   * Time without progress after which a partition with waiting records counts as stuck, ms: longer than a handler may
   * take. Default one minute.
   */
  readonly stuckAfterMs?: number;
  /** Gets a check `consumer <group>`, of scope `stream`, that fails while a partition is stuck. */
  readonly health?: Pick<HealthRegistry, 'add'>;
}

const DEFAULT_BATCH_RECORDS = 1_000;
const MIN_SHARE_RECORDS = 100;
const PAUSED_POLL_MS = 100;
const WATCH_EVERY_MS = 1_000;
const MAX_NAMED_PARTITIONS = 20;
const LAG_EVERY_MS = 5_000;
const FENCED_PAUSE_MS = 200;
const REFETCH_PAUSE_MS = 10;

/**
 * Reads topics in one consumer group and passes their records to handlers:
 * decode → event-time merge → trace → metrics → retry → dead letters → handler → commit.
 * Neither a bad record nor a lost broker ends it.
 */
export class ConsumerRuntime {
  private readonly consumer: BusConsumer;
  private readonly pipelines = new Map<string, BatchPipeline>();
  private readonly merge: WatermarkAlignment | undefined;
  private readonly metrics: MessagingMetrics | undefined;
  private readonly headSync: WatermarkSync | undefined;
  private readonly lagWatch: LagWatch;
  private measuring: Promise<void> | undefined;
  private measuredAtMs = Number.NEGATIVE_INFINITY;
  private checkingEnds: Promise<void> | undefined;
  private watching = new AbortController();
  private paused = false;

  constructor(private readonly options: ConsumerRuntimeOptions) {
    const { bus, producer, logger, subscriptions } = options;
    this.metrics = options.metrics && messagingMetrics(options.metrics);
    const { groupId, stuckAfterMs } = options;
    this.lagWatch = new LagWatch({ admin: bus.admin, groupId, logger, metrics: this.metrics, stuckAfterMs });
    options.health?.add(`consumer ${options.groupId}`, () => this.health(), ['stream']);
    this.merge = options.merge && new WatermarkAlignment(options.merge);
    this.headSync =
      this.merge &&
      options.watermarkExchange &&
      new WatermarkSync(this.merge, options.watermarkExchange, options.logger);
    const deadLetters = new DeadLetters(producer, bus.admin, logger, this.metrics);
    for (const subscription of subscriptions) {
      const pipeline = new BatchPipeline(subscription, {
        groupId: options.groupId,
        deadLetters,
        logger,
        metrics: this.metrics,
        merge: this.merge,
        checkEnds: () => this.checkEnds(),
        maxBatchRecords: () => this.recordsPerCall(),
        retry: options.retry ?? {},
        isPaused: () => this.paused,
      });
      this.pipelines.set(subscription.topic, pipeline);
    }
    this.consumer = bus.consumer(
      { ...options, topics: subscriptions.map((subscription) => subscription.topic) },
      {
        assigned: (target, signal) => this.assigned(target, signal),
        revoked: (target) => this.revoked(target),
        lost: (target, from, to) => this.reportLost(target, from, to),
        atEnd: (target, position) => this.merge?.leave(partitionName(target), Number.NaN, position),
        batch: (batch, control) => this.batch(batch, control),
      },
    );
  }

  /**
   * The more partitions this member has, the fewer records of each are handled at a time, because records in handlers
   * take memory.
   */
  private recordsPerCall(): number {
    const { maxBatchRecords = DEFAULT_BATCH_RECORDS, maxRecords = FULL_SIZE_PARTITIONS * maxBatchRecords } =
      this.options;
    const share = Math.floor(maxRecords / Math.max(1, this.consumer.assignment().length));
    return Math.min(maxBatchRecords, Math.max(MIN_SHARE_RECORDS, share));
  }

  /** Resolves when the first attempt to join the group has ended; afterwards it joins and rejoins automatically. */
  async start(): Promise<void> {
    this.watching = new AbortController();
    void this.watch(this.watching.signal);
    await this.headSync?.start();
    await this.consumer.start();
  }

  /** Ends running batches, commits, leaves the group. Takes at most `timeoutMs` (default 20 s). */
  async stop(timeoutMs?: number): Promise<void> {
    this.watching.abort();
    await this.consumer.stop(timeoutMs);
    await this.headSync?.stop();
  }

  /** Stops passing records to handlers but stays in the group, until `resume`. Running batches finish. */
  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  assignment(): readonly TopicPartition[] {
    return this.consumer.assignment();
  }

  /**
   * Partitions (`topic:partition`) that have made no progress for a minute although records wait, or whose end offset
   * cannot be read.
   */
  stuckPartitions(): readonly string[] {
    return this.lagWatch.stuck();
  }

  private health(): HealthStatus {
    const stuck = this.lagWatch.stuck();
    if (stuck.length === 0) return { ok: true, detail: 'no stuck partition' };
    return { ok: false, detail: `stuck partitions: ${stuck.slice(0, MAX_NAMED_PARTITIONS).join(', ')}` };
  }

  /** Detects lost state on idle partitions too: otherwise reads would continue to be served from empty state. */
  private async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(WATCH_EVERY_MS, signal);
      // Not awaited: a broker that does not respond must not delay the check for lost state.
      this.measureLag();
      await Promise.all(this.consumer.assignment().map((target) => this.watchOne(target)));
    }
  }

  private measureLag(): void {
    if (this.paused) this.lagWatch.resetTimers();
    if (this.measuring || performance.now() - this.measuredAtMs < LAG_EVERY_MS) return;
    this.measuredAtMs = performance.now();
    this.measuring = this.lagWatch
      .measure()
      .catch((thrown: unknown) => {
        const { logger, groupId } = this.options;
        logger.debug({ event: 'lag_unknown', group: groupId, error: asError(thrown).message });
      })
      .finally(() => (this.measuring = undefined));
  }

  private async watchOne({ topic, partition }: TopicPartition): Promise<void> {
    const target = { topic, partition };
    try {
      if (await this.pipelineOf(target).driver.watch?.(target)) this.consumer.reassign(target);
    } catch (thrown) {
      this.options.logger.debug({ event: 'watch_failed', ...target, error: asError(thrown).message });
    }
  }

  private async assigned(target: TopicPartition, signal: AbortSignal): Promise<number | undefined> {
    // All partitions of a generation begin to open in one turn, so none runs ahead of one that takes longer to open.
    this.merge?.opening(partitionName(target));
    const start = await this.pipelineOf(target).driver.assigned?.(target, signal);
    this.lagWatch.begin(target, start);
    if (this.merge) await this.registerInMerge(this.merge, target, start);
    return start;
  }

  /**
   * A partition with waiting records holds the others back from its assignment on, not only from its first batch on.
   */
  private async registerInMerge(
    merge: WatermarkAlignment,
    target: TopicPartition,
    start: number | undefined,
  ): Promise<void> {
    const { bus, groupId, startFrom } = this.options;
    const range = await bus.admin.offsetRange(target);
    const committed = (await bus.admin.committed(groupId, target.topic))[target.partition];
    const position = start ?? committed ?? (startFrom === 'latest' ? range.end : range.start);
    if (position < range.end) merge.expect(partitionName(target));
    else merge.idle(partitionName(target), position);
  }

  /** One question at a time: partitions that wait for the same ends share it. */
  private checkEnds(): Promise<void> {
    this.checkingEnds ??= this.lookUpEnds().finally(() => (this.checkingEnds = undefined));
    return this.checkingEnds;
  }

  private async lookUpEnds(): Promise<void> {
    const { bus, groupId, logger } = this.options;
    const askedAtMs = performance.now();
    try {
      this.merge?.onEnds(await bus.admin.offsetRanges(this.consumer.assignment()), askedAtMs);
    } catch (thrown) {
      logger.debug({ event: 'log_ends_unknown', group: groupId, error: asError(thrown).message });
    }
  }

  private revoked(target: TopicPartition): void {
    this.merge?.drop(partitionName(target));
    this.lagWatch.drop(target);
    this.pipelineOf(target).driver.revoked?.(target);
  }

  /** Handles one batch of a partition. @throws the error of the handler; the bus then retries the batch */
  private async batch(batch: RawBatch, control: BatchControl): Promise<BatchOutcome> {
    const stay = { nextOffset: batch.fetchOffset };
    if (this.paused) return { ...stay, pauseMs: PAUSED_POLL_MS };
    const pipeline = this.pipelineOf(batch);
    const redirected = await pipeline.driver.redirect?.(batch);
    if (redirected) {
      // Another worker has handled the records that counted as waiting.
      const isAtEnd = redirected.nextOffset >= batch.highWatermark;
      if (isAtEnd) this.merge?.leave(partitionName(batch), Number.NaN, redirected.nextOffset);
      this.lagWatch.moved(batch, redirected.nextOffset);
      return redirected;
    }
    try {
      const nextOffset = await pipeline.run(batch, control);
      this.recordLag(batch, nextOffset);
      return nextOffset === batch.fetchOffset ? { ...stay, pauseMs: REFETCH_PAUSE_MS } : { nextOffset };
    } catch (thrown) {
      if (classify(thrown) !== 'fenced') throw thrown;
      const { topic, partition } = batch;
      this.options.logger.warn({ event: 'partition_lost', topic, partition, error: asError(thrown).message });
      return { ...stay, pauseMs: FENCED_PAUSE_MS };
    }
  }

  private recordLag({ topic, partition, highWatermark }: RawBatch, nextOffset: number): void {
    const labels = { topic, partition: String(partition), group: this.options.groupId };
    this.metrics?.lag.set(labels, Math.max(0, highWatermark - nextOffset));
    this.lagWatch.moved({ topic, partition }, nextOffset);
  }

  private reportLost({ topic, partition }: TopicPartition, from: number, to: number): void {
    const { logger, groupId } = this.options;
    this.metrics?.lostToRetention.inc({ topic, group: groupId }, to - from);
    const details = { event: 'records_lost_to_retention', topic, partition, group: groupId, from, to };
    logger.error(details, 'the log deleted records before they were read');
  }

  private pipelineOf({ topic }: TopicPartition): BatchPipeline {
    return defined(this.pipelines.get(topic), `subscription to ${topic}`);
  }
}
