import { type AppError, delay, unavailable } from '@fraudflow/core';
import type { OffsetRange } from '../../port/bus.js';
import { partitionName, type TopicPartition } from '../../port/record.js';
import { groupBy } from '../client/group-by.js';
import { asBusError, closedConnectionOf, protocolErrorOf } from '../client/kafka-errors.js';
import { createCluster, type KafkajsBroker, type KafkajsCluster } from '../client/kafkajs-internals.js';
import { kafkajsConfig, type KafkaBusOptions } from './kafka-options.js';
import type { EncodedPartition } from '../calls/produce-call.js';
import { ProduceCombiner } from '../calls/produce-combiner.js';
import { listOffsetsCall, LOG_END, LOG_START } from '../calls/list-offsets-call.js';
import { topicIncarnations } from './topic-identities.js';

const PRODUCE_TIMEOUT_MS = 30_000;
const METADATA_MAX_AGE_MS = 300_000;
/** Time to wait for an unknown topic, ms: a new topic propagates to the brokers one after the other. */
const NEW_TOPIC_PATIENCE_MS = 5_000;

/**
 * Metadata and connections shared by all writers and readers of one bus. Connects on first use, reconnects as needed.
 */
export class SharedCluster {
  private readonly cluster: KafkajsCluster;
  private readonly knownTopics = new Set<string>();
  private readonly combiner = new ProduceCombiner((nodeId) => this.broker(nodeId), PRODUCE_TIMEOUT_MS);
  private connecting: Promise<void> | undefined;

  constructor(options: KafkaBusOptions) {
    this.cluster = createCluster(kafkajsConfig(options), METADATA_MAX_AGE_MS);
  }

  /** @throws AppError `not_found` if the topic does not exist, `unavailable` if no broker answers. */
  async ready(topics: Iterable<string>): Promise<KafkajsCluster> {
    await this.connect();
    for (const topic of topics) if (!this.knownTopics.has(topic)) await this.loadTopic(topic);
    return this.cluster;
  }

  /** The leader's node id, or undefined while the partition has none or does not exist. */
  leaderOf(topic: string, partition: number): number | undefined {
    const found = this.cluster.findTopicPartitionMetadata(topic).find((entry) => entry.partitionId === partition);
    return found === undefined || found.leader < 0 ? undefined : found.leader;
  }

  noLeader(target: TopicPartition): AppError {
    return unavailable(`${partitionName(target)} has no leader`, { code: 'NO_LEADER' });
  }

  async partitionCount(topic: string): Promise<number> {
    await this.ready([topic]);
    return this.cluster.findTopicPartitionMetadata(topic).length;
  }

  /** Refreshes the metadata and checks that a topic has this many partitions, each with a leader. @throws as `ready` */
  async haveLeaders(topic: string, partitions: number): Promise<boolean> {
    await this.ready([topic]);
    await this.cluster.refreshMetadata();
    const found = this.cluster.findTopicPartitionMetadata(topic);
    return found.length >= partitions && found.every(({ leader }) => leader >= 0);
  }

  /** See `topicIncarnations`. @throws kafkajs errors */
  async incarnations(topics: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return topicIncarnations(await this.ready([]), topics);
  }

  /** Removes a deleted topic from metadata requests, which would otherwise fail for all topics. */
  forgetTopic(topic: string): void {
    this.knownTopics.delete(topic);
    this.cluster.targetTopics.delete(topic);
  }

  /**
   * First and next offsets by partition name; partitions whose leader is missing or does not respond are omitted.
   * @throws as `ready`
   */
  async offsetRanges(targets: readonly TopicPartition[]): Promise<ReadonlyMap<string, OffsetRange>> {
    await this.ready(new Set(targets.map(({ topic }) => topic)));
    const ranges = new Map<string, OffsetRange>();
    const byLeader = groupBy(targets, ({ topic, partition }) => this.leaderOf(topic, partition));
    await Promise.all(
      [...byLeader].map(async ([leader, led]) => {
        if (leader !== undefined) await this.rangesFrom(leader, led, ranges);
      }),
    );
    return ranges;
  }

  broker(nodeId: number): Promise<KafkajsBroker> {
    return this.cluster.findBroker({ nodeId });
  }

  /**
   * Sends a record batch to the leader of its partition; see `ProduceCombiner.send`.
   * @throws kafkajs errors if no response arrives
   */
  produce(nodeId: number, entry: EncodedPartition): Promise<number | undefined> {
    return this.combiner.send(nodeId, entry);
  }

  /**
   * After a failed request: removes the broken connection and refreshes the leaders. Never throws, because the next
   * attempt reports a persisting error.
   */
  async recover(thrown: unknown): Promise<void> {
    const closed = closedConnectionOf(thrown);
    if (closed) this.cluster.removeBroker(closed);
    if (!this.cluster.isConnected()) this.connecting = undefined;
    await this.connect()
      .then(() => this.cluster.refreshMetadata())
      .catch(() => undefined);
  }

  async close(): Promise<void> {
    if (this.connecting) await this.cluster.disconnect();
    this.connecting = undefined;
  }

  /** Partitions of a broker that does not respond or no longer leads them are omitted; the caller retries. */
  private async rangesFrom(
    leader: number,
    targets: readonly TopicPartition[],
    into: Map<string, OffsetRange>,
  ): Promise<void> {
    try {
      const { connectionPool } = await this.broker(leader);
      const [starts, ends] = await Promise.all([
        connectionPool.send(listOffsetsCall(targets, LOG_START)),
        connectionPool.send(listOffsetsCall(targets, LOG_END)),
      ]);
      const endOf = new Map(ends.map((listed) => [partitionName(listed), listed]));
      for (const start of starts) {
        const end = endOf.get(partitionName(start));
        if (end !== undefined && start.errorCode === 0 && end.errorCode === 0)
          into.set(partitionName(start), { start: start.offset, end: end.offset });
      }
    } catch (thrown) {
      await this.recover(thrown);
    }
  }

  private connect(): Promise<void> {
    this.connecting ??= this.cluster.connect().catch((thrown: unknown) => {
      this.connecting = undefined;
      throw asBusError(thrown, 'connecting to Kafka');
    });
    return this.connecting;
  }

  private async loadTopic(topic: string): Promise<void> {
    const giveUpAt = performance.now() + NEW_TOPIC_PATIENCE_MS;
    for (;;) {
      try {
        await this.cluster.addMultipleTargetTopics([topic]);
        await this.cluster.refreshMetadataIfNecessary();
        this.knownTopics.add(topic);
        return;
      } catch (thrown) {
        const unknown = protocolErrorOf(thrown) === 'UNKNOWN_TOPIC_OR_PARTITION';
        if (!unknown || performance.now() > giveUpAt) throw asBusError(thrown, `topic ${topic}`);
        await delay(100);
      }
    }
  }
}
