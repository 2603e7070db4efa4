import { delay } from '@fraudflow/core';
import { asBusError, closedConnectionOf, protocolErrorOf } from './kafka-errors.js';
import { createCluster, type KafkajsBroker, type KafkajsCluster } from './kafkajs-internals.js';
import { kafkajsConfig, type KafkaBusOptions } from './kafka-options.js';
import type { EncodedPartition, PartitionAnswer } from './produce-call.js';
import { ProduceCombiner } from './produce-combiner.js';

const PRODUCE_TIMEOUT_MS = 30_000;
const METADATA_MAX_AGE_MS = 300_000;
/** How long a topic may be unknown before we believe it: brokers learn of a new topic one after the other. */
const NEW_TOPIC_PATIENCE_MS = 5_000;

/** Metadata and connections shared by all writers and readers of one bus. Connects on first use, reconnects as needed. */
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
    for (const topic of topics) if (!this.knownTopics.has(topic)) await this.learn(topic);
    return this.cluster;
  }

  /** The leader's node id, or undefined while the partition has none or does not exist. */
  leaderOf(topic: string, partition: number): number | undefined {
    const found = this.cluster.findTopicPartitionMetadata(topic).find((entry) => entry.partitionId === partition);
    return found === undefined || found.leader < 0 ? undefined : found.leader;
  }

  async partitionCount(topic: string): Promise<number> {
    await this.ready([topic]);
    return this.cluster.findTopicPartitionMetadata(topic).length;
  }

  broker(nodeId: number): Promise<KafkajsBroker> {
    return this.cluster.findBroker({ nodeId });
  }

  /** Sends record batches to the broker that leads their partitions. @throws kafkajs errors when the answer does not come */
  produce(nodeId: number, entries: readonly EncodedPartition[]): Promise<readonly PartitionAnswer[]> {
    return this.combiner.send(nodeId, entries);
  }

  /** After a failed request: forgets the broken connection and asks who leads now. Never throws; the next attempt will tell. */
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

  private connect(): Promise<void> {
    this.connecting ??= this.cluster.connect().catch((thrown: unknown) => {
      this.connecting = undefined;
      throw asBusError(thrown, 'connecting to Kafka');
    });
    return this.connecting;
  }

  private async learn(topic: string): Promise<void> {
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
