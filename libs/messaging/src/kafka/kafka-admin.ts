import { Kafka, type Admin } from 'kafkajs';
import { AppError, delay } from '@fraudflow/core';
import type { BusAdmin, OffsetRange, TopicSpec } from '../port/bus.js';
import type { RawRecord, TopicPartition } from '../port/record.js';
import { asBusError, fetchError, protocolErrorOf } from './kafka-errors.js';
import { kafkajsConfig, type KafkaBusOptions } from './kafka-options.js';
import { fetchCall, type FetchedPartition, type FetchTarget } from './fetch-call.js';
import { decodeRecordBatches } from './record-batches.js';
import type { SharedCluster } from './shared-cluster.js';

const PATIENCE_MS = 30_000;
const FRESH_TOPIC_POLL_MS = 100;
const DEFAULT_READ_BYTES = 4 * 1024 * 1024;
const READ_WAIT_MS = 50;

/** Topic and offset questions, patient with coordinators that are still loading. */
export class KafkaAdmin implements BusAdmin {
  private readonly kafka: Kafka;
  private connected: Promise<Admin> | undefined;

  constructor(
    private readonly cluster: SharedCluster,
    options: KafkaBusOptions,
  ) {
    this.kafka = new Kafka(kafkajsConfig(options));
  }

  async createTopics(topics: readonly TopicSpec[]): Promise<readonly string[]> {
    const existing = new Set(await this.ask('listing topics', (admin) => admin.listTopics()));
    const missing = topics.filter((topic) => !existing.has(topic.name));
    if (missing.length === 0) return [];
    const giveUpAt = performance.now() + PATIENCE_MS;
    while (!(await this.haveLeaders(missing, performance.now() > giveUpAt))) await delay(FRESH_TOPIC_POLL_MS);
    return missing.map((topic) => topic.name);
  }

  /** Creates what is missing by now. Where several create at once, a topic that one has just made may be unknown for a moment yet. */
  private async haveLeaders(topics: readonly TopicSpec[], isLastTry: boolean): Promise<boolean> {
    try {
      await this.ask('creating topics', (admin) =>
        admin.createTopics({ topics: topics.map(asTopicConfig), waitForLeaders: true }),
      );
      return true;
    } catch (thrown) {
      if (isLastTry || !(thrown instanceof AppError && thrown.code === 'UNKNOWN_TOPIC')) throw thrown;
      return false;
    }
  }

  async partitionCount(topic: string): Promise<number | undefined> {
    const names = await this.ask('listing topics', (admin) => admin.listTopics());
    return names.includes(topic) ? this.cluster.partitionCount(topic) : undefined;
  }

  async offsets(topic: string): Promise<readonly OffsetRange[]> {
    const found = await this.ask(`offsets of ${topic}`, (admin) => admin.fetchTopicOffsets(topic));
    const ranges: OffsetRange[] = [];
    for (const { partition, low, high } of found) ranges[partition] = { start: Number(low), end: Number(high) };
    return ranges;
  }

  async committed(groupId: string, topic: string): Promise<readonly (number | undefined)[]> {
    const found = await this.ask(`offsets of group ${groupId}`, (admin) =>
      admin.fetchOffsets({ groupId, topics: [topic] }),
    );
    const offsets: (number | undefined)[] = [];
    for (const { partition, offset } of found[0]?.partitions ?? [])
      offsets[partition] = Number(offset) < 0 ? undefined : Number(offset);
    return offsets;
  }

  async read(
    { topic, partition }: TopicPartition,
    fromOffset: number,
    maxBytes = DEFAULT_READ_BYTES,
  ): Promise<{ records: readonly RawRecord[]; nextOffset: number }> {
    const data = await this.patiently(`reading ${topic}:${partition}`, () =>
      this.fetch({ topic, partition, fetchOffset: fromOffset, maxBytes }),
    );
    return data ? decodeRecordBatches(data.records, fromOffset, data.aborted) : { records: [], nextOffset: fromOffset };
  }

  async close(): Promise<void> {
    const admin = await this.connected?.catch(() => undefined);
    this.connected = undefined;
    await admin?.disconnect();
  }

  private async fetch(target: FetchTarget): Promise<FetchedPartition | undefined> {
    await this.cluster.ready([target.topic]);
    const broker = await this.cluster.broker(this.cluster.leaderOf(target.topic, target.partition) ?? -1);
    const limits = { maxWaitMs: READ_WAIT_MS, minBytes: 1, maxBytes: target.maxBytes };
    const [answer] = await broker.connectionPool.send(fetchCall([target], limits));
    if (answer && answer.errorCode !== 0) throw fetchError(answer.errorCode);
    return answer;
  }

  private ask<T>(doing: string, question: (admin: Admin) => Promise<T>): Promise<T> {
    return this.patiently(doing, async () => question(await this.admin()));
  }

  private admin(): Promise<Admin> {
    this.connected ??= this.connect().catch((thrown: unknown) => {
      this.connected = undefined;
      throw thrown;
    });
    return this.connected;
  }

  private async connect(): Promise<Admin> {
    const admin = this.kafka.admin();
    await admin.connect();
    return admin;
  }

  private async patiently<T>(doing: string, work: () => Promise<T>): Promise<T> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await work();
      } catch (thrown) {
        const error = asBusError(thrown, doing);
        if (!error.retryable || performance.now() > giveUpAt) throw error;
        if (protocolErrorOf(thrown) === 'OFFSET_OUT_OF_RANGE') throw error;
        await delay(100);
        await this.cluster.recover(thrown);
      }
    }
  }
}

function asTopicConfig(topic: TopicSpec): {
  topic: string;
  numPartitions: number;
  configEntries: { name: string; value: string }[];
} {
  return {
    topic: topic.name,
    numPartitions: topic.partitions,
    configEntries: [
      { name: 'cleanup.policy', value: topic.cleanup },
      { name: 'retention.ms', value: String(topic.retentionMs) },
      // Under producer time, a replay of last year's events would be deleted as it arrives.
      { name: 'message.timestamp.type', value: 'LogAppendTime' },
      // Producers may compress as they like; the broker unpacks what our readers could not.
      { name: 'compression.type', value: 'uncompressed' },
      { name: 'max.message.bytes', value: String(topic.maxMessageBytes) },
    ],
  };
}
