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
import { recordBytes, type OutgoingRecord, type TopicPartition } from '../port/record.js';
import { BatchingProducer, DEFAULT_PRODUCER_LIMITS } from '../producer/batching-producer.js';
import { IdempotentWriter } from './idempotent-writer.js';
import { KafkaAdmin } from './kafka-admin.js';
import { KafkaConsumer } from './kafka-consumer.js';
import type { KafkaBusOptions } from './kafka-options.js';
import { patchKafkajs } from './kafkajs-patches.js';
import { anonymousIdentity, fencingIdentity } from './producer-identity.js';
import { SharedCluster } from './shared-cluster.js';

const DELIVERY_TIMEOUT_MS = 60_000;

/** The log on a real Kafka, through kafkajs. */
export class KafkaBus implements EventBus {
  readonly admin: KafkaAdmin;
  private readonly cluster: SharedCluster;
  private readonly deliveryTimeoutMs: number;

  constructor(private readonly options: KafkaBusOptions) {
    patchKafkajs();
    this.cluster = new SharedCluster(options);
    this.admin = new KafkaAdmin(this.cluster, options);
    this.deliveryTimeoutMs = options.deliveryTimeoutMs ?? DELIVERY_TIMEOUT_MS;
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
    return new OnePartitionWriter(writer, target);
  }

  consumer(options: BusConsumerOptions, handlers: BusConsumerHandlers): BusConsumer {
    const offsetRange = (target: TopicPartition): Promise<OffsetRange> => this.admin.offsetRange(target);
    return new KafkaConsumer({ bus: this.options, offsetRange }, options, handlers);
  }

  async close(): Promise<void> {
    await this.admin.close();
    await this.cluster.close();
  }
}

/** Cuts a write into batches the broker takes; stops at the first failure, so that no hole can open. */
class OnePartitionWriter implements FencedWriter {
  constructor(
    private readonly writer: IdempotentWriter,
    private readonly target: TopicPartition,
  ) {}

  async write(records: readonly OutgoingRecord[]): Promise<void> {
    for (const batch of inBatches(records)) {
      const failures = await this.writer.writeOne({ ...this.target, records: batch });
      const [first] = failures.values();
      if (first) throw first;
    }
  }
}

function* inBatches(records: readonly OutgoingRecord[]): Generator<OutgoingRecord[]> {
  let batch: OutgoingRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = recordBytes(record);
    if (batch.length > 0 && bytes + size > DEFAULT_PRODUCER_LIMITS.maxPartitionBytes) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(record);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
