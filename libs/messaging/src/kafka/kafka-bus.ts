import { asError, HOUR_MS } from '@fraudflow/core';
import type {
  BusConsumer,
  BusConsumerHandlers,
  BusConsumerOptions,
  EventBus,
  FencedWriter,
  OffsetRange,
  ProducerLimits,
  RawProducer,
} from '../port/bus.js';
import type { TopicPartition } from '../port/record.js';
import { BatchingProducer } from '../producer/batching-producer.js';
import { IdempotentWriter } from './idempotent-writer.js';
import { KafkaAdmin } from './kafka-admin.js';
import { KafkaConsumer } from './kafka-consumer.js';
import type { KafkaBusOptions } from './kafka-options.js';
import { patchKafkajs } from './kafkajs-patches.js';
import { OnePartitionWriter } from './one-partition-writer.js';
import { anonymousIdentity, fencingIdentity, isFenceLost, renewFence } from './producer-identity.js';
import { SharedCluster } from './shared-cluster.js';

const DELIVERY_TIMEOUT_MS = 60_000;
/** Far below the shortest time after which a broker may sensibly be set to forget a transactional id. */
const FENCE_RENEWAL_MS = 6 * HOUR_MS;

/** The log on a real Kafka, through kafkajs. */
export class KafkaBus implements EventBus {
  readonly admin: KafkaAdmin;
  private readonly cluster: SharedCluster;
  private readonly deliveryTimeoutMs: number;
  /** The newest of each name. */
  private readonly fences = new Map<string, OnePartitionWriter>();
  private readonly fenceTimer: NodeJS.Timeout;

  constructor(private readonly options: KafkaBusOptions) {
    patchKafkajs();
    this.cluster = new SharedCluster(options);
    this.admin = new KafkaAdmin(this.cluster, options);
    this.deliveryTimeoutMs = options.deliveryTimeoutMs ?? DELIVERY_TIMEOUT_MS;
    this.fenceTimer = setInterval(() => void this.keepFences(), FENCE_RENEWAL_MS).unref();
  }

  producer(limits: Partial<ProducerLimits> = {}): RawProducer {
    return new BatchingProducer(
      new IdempotentWriter(this.cluster, {
        deliveryTimeoutMs: this.deliveryTimeoutMs,
        identify: () => anonymousIdentity(this.cluster),
        renewable: true,
      }),
      limits,
    );
  }

  async fencedWriter(name: string, target: TopicPartition): Promise<FencedWriter> {
    const identity = await fencingIdentity(this.cluster, name, target);
    const writer = new IdempotentWriter(this.cluster, {
      deliveryTimeoutMs: this.deliveryTimeoutMs,
      identify: async () => identity,
      renewable: false,
    });
    const fence = new OnePartitionWriter(writer, target, () => renewFence(this.cluster, name, target, identity));
    this.fences.set(name, fence);
    return fence;
  }

  /**
   * Renews the fences of this bus, which a timer does every six hours: without it they would not hold once the broker has forgotten their
   * names (`transactional.id.expiration.ms`). Never throws.
   */
  async keepFences(): Promise<void> {
    const { logger } = this.options;
    for (const [name, fence] of this.fences) {
      try {
        await fence.keepAlive();
      } catch (thrown) {
        const details = { event: 'fence_not_renewed', fence: name, error: asError(thrown).message };
        if (!isFenceLost(thrown)) logger.warn(details);
        else {
          // Mostly given away long ago: another worker owns the partition.
          logger.debug(details);
          fence.expire(thrown);
          if (this.fences.get(name) === fence) this.fences.delete(name);
        }
      }
    }
  }

  consumer(options: BusConsumerOptions, handlers: BusConsumerHandlers): BusConsumer {
    const offsetRange = (target: TopicPartition): Promise<OffsetRange> => this.admin.offsetRange(target);
    return new KafkaConsumer({ bus: this.options, offsetRange }, options, handlers);
  }

  async close(): Promise<void> {
    clearInterval(this.fenceTimer);
    await this.admin.close();
    await this.cluster.close();
  }
}
