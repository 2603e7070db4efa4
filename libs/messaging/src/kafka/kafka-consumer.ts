import { Kafka, type Consumer, type ConsumerCrashEvent, type EachBatchPayload } from 'kafkajs';
import { asError, delay } from '@fraudflow/core';
import type { BatchOutcome, BusConsumer, BusConsumerHandlers, BusConsumerOptions } from '../port/bus.js';
import { partitionName, type RawBatch, type TopicPartition } from '../port/record.js';
import { Assignment } from './assignment.js';
import { BatchRun } from './batch-run.js';
import { isStarting } from './kafka-errors.js';
import { kafkajsConfig, type KafkaBusOptions } from './kafka-options.js';
import type { FetchedBatch } from './kafkajs-internals.js';
import { toRawRecord } from './raw-record.js';

const DEFAULTS = {
  maxWaitMs: 100,
  lingerMs: 4,
  maxBytesPerPartition: 512 * 1024,
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 30_000,
  startFrom: 'earliest',
} as const satisfies Partial<BusConsumerOptions>;
/** High enough that partitions never share it out: a fetch brings something of every partition that has anything. */
const MAX_FETCH_BYTES = 256 * 1024 * 1024;
/** kafkajs's worker count; more than any member holds partitions, so that all of a fetch run concurrently. */
const CONCURRENCY = 512;
const FIRST_RESTART_MS = 200;
const LAST_RESTART_MS = 5_000;
const STOP_TIMEOUT_MS = 20_000;
const FAILURE_PAUSE_MS = 500;

/**
 * A group member on kafkajs's `eachBatch`. kafkajs waits for all running batches before it joins a rebalance or leaves, which
 * is our drain. What it does not do is done here: it is started again whenever and for whatever reason it ends.
 */
export class KafkaConsumer implements BusConsumer {
  private readonly settings;
  private current: Assignment | undefined;
  private stopping = new AbortController();
  private supervising: Promise<void> | undefined;

  constructor(
    private readonly bus: KafkaBusOptions,
    options: BusConsumerOptions,
    private readonly handlers: BusConsumerHandlers,
  ) {
    this.settings = { ...DEFAULTS, ...options };
  }

  async start(): Promise<void> {
    this.stopping = new AbortController();
    await new Promise<void>((resolve) => {
      this.supervising = this.supervise(resolve);
    });
  }

  async stop(timeoutMs = STOP_TIMEOUT_MS): Promise<void> {
    this.stopping.abort();
    this.current?.end();
    const timer = new AbortController();
    await Promise.race([this.supervising, delay(timeoutMs, timer.signal)]);
    timer.abort();
    this.replaceAssignment(undefined);
  }

  assignment(): readonly TopicPartition[] {
    return this.current?.partitions ?? [];
  }

  /** Runs kafkajs consumers one after the other until stopped. */
  private async supervise(firstAttemptEnded: () => void): Promise<void> {
    let restartMs = FIRST_RESTART_MS;
    while (!this.stopping.signal.aborted) {
      const startedAt = performance.now();
      try {
        await this.runOnce(firstAttemptEnded);
      } catch (thrown) {
        this.reportRestart(thrown);
      }
      firstAttemptEnded();
      if (performance.now() - startedAt > LAST_RESTART_MS) restartMs = FIRST_RESTART_MS;
      await delay(restartMs, this.stopping.signal);
      restartMs = Math.min(restartMs * 2, LAST_RESTART_MS);
    }
  }

  /** Resolves or throws when the kafkajs consumer has ended. */
  private async runOnce(joined: () => void): Promise<void> {
    const consumer = this.createConsumer();
    const crash = new Promise<void>((_, reject) => {
      consumer.on(consumer.events.CRASH, (event: ConsumerCrashEvent) => reject(event.payload.error));
    });
    crash.catch(() => undefined);
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => this.joined(consumer, payload.memberAssignment));
    try {
      await consumer.connect();
      await consumer.subscribe({
        topics: [...this.settings.topics],
        fromBeginning: this.settings.startFrom === 'earliest',
      });
      if (this.stopping.signal.aborted) return;
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: CONCURRENCY,
        eachBatch: (payload) => this.eachBatch(consumer, payload),
      });
      joined();
      if (this.stopping.signal.aborted) return;
      await Promise.race([crash, aborted(this.stopping.signal)]);
    } finally {
      this.current?.end();
      await consumer.disconnect().catch(this.reportStop);
    }
  }

  private createConsumer(): Consumer {
    const { groupId, sessionTimeoutMs, rebalanceTimeoutMs, maxWaitMs, maxBytesPerPartition } = this.settings;
    return new Kafka(kafkajsConfig(this.bus)).consumer({
      groupId,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: rebalanceTimeoutMs,
      heartbeatInterval: Math.min(3_000, Math.floor(sessionTimeoutMs / 4)),
      maxWaitTimeInMs: maxWaitMs,
      minBytes: 1,
      maxBytes: MAX_FETCH_BYTES,
      maxBytesPerPartition,
      metadataMaxAge: 60_000,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5, restartOnFailure: async () => false },
    });
  }

  /** Runs synchronously inside kafkajs's join, before its first fetch: partitions stay paused until `assigned` has answered. */
  private joined(consumer: Consumer, memberAssignment: Record<string, number[]>): void {
    const partitions = Object.entries(memberAssignment).flatMap(([topic, numbers]) =>
      numbers.map((partition) => ({ topic, partition })),
    );
    const assignment = new Assignment(consumer, partitions, this.handlers, this.bus.logger);
    this.replaceAssignment(assignment);
    if (!this.stopping.signal.aborted) assignment.begin();
  }

  private replaceAssignment(next: Assignment | undefined): void {
    const previous = this.current;
    this.current = next;
    previous?.end();
    const kept = new Set(next?.partitions.map(partitionName));
    for (const lost of previous?.partitions ?? []) if (!kept.has(partitionName(lost))) this.handlers.revoked?.(lost);
  }

  private async eachBatch(consumer: Consumer, payload: EachBatchPayload): Promise<void> {
    const assignment = this.current;
    if (!assignment || assignment.signal.aborted) return;
    const fetched = payload.batch as unknown as FetchedBatch & TopicPartition;
    const batch = toRawBatch(fetched, assignment.askedFor(fetched, Number(fetched.fetchedOffset)));
    const run = new BatchRun(payload, batch, assignment);
    try {
      const outcome = await this.handlers.batch(batch, run);
      assignment.moveTo(payload, batch, outcome);
      await this.linger(batch, outcome, assignment);
    } catch (thrown) {
      if (!assignment.signal.aborted) {
        this.bus.logger.error(
          { event: 'batch_failed', ...where(batch), error: asError(thrown) },
          asError(thrown).message,
        );
      }
      assignment.pause(batch, FAILURE_PAUSE_MS);
    }
    run.rethrowRebalance();
  }

  /** At the end of the log a short rest lets the next fetch gather more: fewer, larger batches cost far less CPU. */
  private async linger(batch: RawBatch, { nextOffset }: BatchOutcome, assignment: Assignment): Promise<void> {
    const { lingerMs } = this.settings;
    if (lingerMs > 0 && nextOffset >= batch.highWatermark) await delay(lingerMs, assignment.signal);
  }

  /** A coordinator that is still loading or moving is everyday; the rest an operator should see. */
  private reportRestart(thrown: unknown): void {
    const line = { event: 'consumer_restarting', groupId: this.settings.groupId, error: asError(thrown).message };
    if (isStarting(thrown)) this.bus.logger.debug(line);
    else this.bus.logger.warn(line);
  }

  private readonly reportStop = (thrown: unknown): void => {
    this.bus.logger.warn({
      event: 'consumer_stop_failed',
      groupId: this.settings.groupId,
      error: asError(thrown).message,
    });
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function where({ topic, partition, fetchOffset }: RawBatch): object {
  return { topic, partition, offset: fetchOffset };
}

function toRawBatch(batch: FetchedBatch & TopicPartition, fetchOffset: number): RawBatch {
  return {
    topic: batch.topic,
    partition: batch.partition,
    records: batch.messages.map(toRawRecord),
    fetchOffset,
    nextOffset: Number(batch.lastOffset()) + 1,
    highWatermark: Number(batch.highWatermark),
  };
}
