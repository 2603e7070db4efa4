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
import { IdempotentWriter } from './produce/idempotent-writer.js';
import { KafkaAdmin } from './kafka-admin.js';
import { KafkaConsumer } from './kafka-consumer.js';
import type { KafkaBusOptions } from './cluster/kafka-options.js';
import { patchKafkajs } from './client/kafkajs-patches.js';
import { OnePartitionWriter } from './produce/one-partition-writer.js';
import { anonymousIdentity, fencingIdentity, isFenceLost, renewFence } from './produce/producer-identity.js';
import { SharedCluster } from './cluster/shared-cluster.js';

const DELIVERY_TIMEOUT_MS = 60_000;
/** Far below any sensible `transactional.id.expiration.ms`. */
const FENCE_RENEWAL_MS = 6 * HOUR_MS;

/** `EventBus` on Kafka, through kafkajs. @throws AppError as the methods of `EventBus` */
export class KafkaBus implements EventBus {
  readonly admin: KafkaAdmin;
  private readonly cluster: SharedCluster;
  private readonly deliveryTimeoutMs: number;
  /** The newest fenced writer of each name. */
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
   * Renews the fences of this bus; a timer calls it every six hours. Without it a fence would stop working once the
   * broker expires its transactional id (`transactional.id.expiration.ms`). Never throws.
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
          // Usually another worker has owned the partition for some time.
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
