import { Kafka, type Admin } from 'kafkajs';
import { AppError, defined, delay } from '@fraudflow/core';
import type { BusAdmin, OffsetRange, TopicSpec } from '../port/bus.js';
import { partitionName, type RawRecord, type TopicPartition } from '../port/record.js';
import { asBusError, fetchError, protocolErrorOf } from './client/kafka-errors.js';
import { kafkajsConfig, type KafkaBusOptions } from './cluster/kafka-options.js';
import { fetchCall, type FetchedPartition, type FetchTarget } from './calls/fetch-call.js';
import { decodeRecordBatches } from './fetch/record-batches.js';
import type { SharedCluster } from './cluster/shared-cluster.js';
import { asTopicConfig, TOPIC_RESOURCE } from './cluster/topic-config.js';

const PATIENCE_MS = 30_000;
const FRESH_TOPIC_POLL_MS = 100;
const DEFAULT_READ_BYTES = 4 * 1024 * 1024;
/**
 * The connection is shared with producers, and a broker processes a connection's requests one after the other: a read
 * must not wait for records.
 */
const READ_WAIT_MS = 0;

/** Topic and offset requests. Retries transient errors for 30 s, for instance while coordinators load. */
export class KafkaAdmin implements BusAdmin {
  private readonly kafka: Kafka;
  private connected: Promise<Admin> | undefined;

  constructor(
    private readonly cluster: SharedCluster,
    private readonly options: KafkaBusOptions,
  ) {
    this.kafka = new Kafka(kafkajsConfig(options));
  }

  async createTopics(topics: readonly TopicSpec[]): Promise<readonly string[]> {
    const existing = new Set(await this.request('listing topics', (admin) => admin.listTopics()));
    const missing = topics.filter((topic) => !existing.has(topic.name));
    if (missing.length === 0) return [];
    await this.request('creating topics', (admin) =>
      admin.createTopics({ topics: missing.map(asTopicConfig), waitForLeaders: false }),
    );
    const giveUpAt = performance.now() + PATIENCE_MS;
    // When several processes create topics concurrently, a topic created by one may be unknown to others for a moment.
    for (const { name, partitions } of missing) {
      while (!(await this.haveLeaders(name, partitions)) && performance.now() < giveUpAt)
        await delay(FRESH_TOPIC_POLL_MS);
    }
    return missing.map((topic) => topic.name);
  }

  async partitionCount(topic: string): Promise<number | undefined> {
    const names = await this.request('listing topics', (admin) => admin.listTopics());
    return names.includes(topic) ? this.cluster.partitionCount(topic) : undefined;
  }

  async addPartitions(topic: string, count: number): Promise<void> {
    await this.request(`adding partitions to ${topic}`, (admin) =>
      admin.createPartitions({ topicPartitions: [{ topic, count }] }),
    );
    const giveUpAt = performance.now() + PATIENCE_MS;
    while (!(await this.haveLeaders(topic, count)) && performance.now() < giveUpAt) await delay(FRESH_TOPIC_POLL_MS);
  }

  async deleteTopic(topic: string): Promise<void> {
    await this.request(`deleting ${topic}`, (admin) => admin.deleteTopics({ topics: [topic] }));
    this.cluster.forgetTopic(topic);
    while ((await this.request('listing topics', (admin) => admin.listTopics())).includes(topic))
      await delay(FRESH_TOPIC_POLL_MS);
  }

  async deleteRecords({ topic, partition }: TopicPartition, before: number): Promise<void> {
    await this.request(`deleting records of ${topic}:${partition}`, async (admin) => {
      // kafkajs looks the leader up in metadata that it does not load itself; this request loads it.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(before) }] });
    });
  }

  async settings(topic: string): Promise<Readonly<Record<string, string>> | undefined> {
    try {
      const { resources } = await this.request(`settings of ${topic}`, (admin) =>
        admin.describeConfigs({ includeSynonyms: false, resources: [{ type: TOPIC_RESOURCE, name: topic }] }),
      );
      const entries = resources[0]?.configEntries ?? [];
      return Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue]));
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.kind === 'permission_denied') return undefined;
      throw thrown;
    }
  }

  incarnation(topic: string): Promise<string | undefined> {
    return this.patiently(`identity of ${topic}`, async () => (await this.cluster.incarnations([topic])).get(topic));
  }

  warn(details: { readonly event: string; readonly topic: string }, text: string): void {
    this.options.logger.warn(details, text);
  }

  async offsets(topic: string): Promise<readonly OffsetRange[]> {
    const count = await this.patiently(`partitions of ${topic}`, () => this.cluster.partitionCount(topic));
    const targets = Array.from({ length: count }, (_, partition) => ({ topic, partition }));
    const ranges = await this.allRanges(targets);
    return targets.map((target) => defined(ranges.get(partitionName(target)), partitionName(target)));
  }

  async offsetRange(target: TopicPartition): Promise<OffsetRange> {
    return defined((await this.allRanges([target])).get(partitionName(target)), partitionName(target));
  }

  offsetRanges(targets: readonly TopicPartition[]): Promise<ReadonlyMap<string, OffsetRange>> {
    return this.cluster.offsetRanges(targets);
  }

  async committed(groupId: string, topic: string): Promise<readonly (number | undefined)[]> {
    const [found, incarnation] = await Promise.all([
      this.request(`offsets of group ${groupId}`, (admin) => admin.fetchOffsets({ groupId, topics: [topic] })),
      this.incarnation(topic),
    ]);
    const offsets: (number | undefined)[] = [];
    for (const { partition, offset, metadata } of found[0]?.partitions ?? []) {
      const isOfAnother = incarnation !== undefined && (metadata ?? '') !== '' && metadata !== incarnation;
      offsets[partition] = Number(offset) < 0 || isOfAnother ? undefined : Number(offset);
    }
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

  private allRanges(targets: readonly TopicPartition[]): Promise<ReadonlyMap<string, OffsetRange>> {
    return this.patiently(`offsets of ${targets.map(partitionName).join(', ')}`, async () => {
      const ranges = await this.cluster.offsetRanges(targets);
      const without = targets.find((target) => !ranges.has(partitionName(target)));
      if (without) throw this.cluster.noLeader(without);
      return ranges;
    });
  }

  private async haveLeaders(topic: string, partitions: number): Promise<boolean> {
    try {
      return await this.patiently(`leaders of ${topic}`, () => this.cluster.haveLeaders(topic, partitions));
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.code === 'UNKNOWN_TOPIC') return false;
      throw thrown;
    }
  }

  private async fetch(target: FetchTarget): Promise<FetchedPartition | undefined> {
    await this.cluster.ready([target.topic]);
    const leader = this.cluster.leaderOf(target.topic, target.partition);
    if (leader === undefined) throw this.cluster.noLeader(target);
    const broker = await this.cluster.broker(leader);
    const limits = { maxWaitMs: READ_WAIT_MS, minBytes: 1, maxBytes: target.maxBytes };
    const [answer] = await broker.connectionPool.send(fetchCall([target], limits));
    if (answer && answer.errorCode !== 0) throw fetchError(answer.errorCode);
    return answer;
  }

  private request<T>(doing: string, send: (admin: Admin) => Promise<T>): Promise<T> {
    return this.patiently(doing, async () => send(await this.admin()));
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
