import { AppError, asError, failedPrecondition, isRetryable, unavailable } from '@fraudflow/core';
import { silentLogger, type Logger } from '@fraudflow/observability';
import type {
  BusAdmin,
  BusConsumer,
  BusConsumerHandlers,
  BusConsumerOptions,
  EventBus,
  FencedWriter,
  ProducerLimits,
  RawProducer,
} from '../port/bus.js';
import type { OutgoingRecord, TopicPartition } from '../port/record.js';
import type { Failures, PartitionRecords, RecordWriter } from '../port/record-writer.js';
import { BatchingProducer } from '../producer/batching-producer.js';
import { MemoryAdmin } from './memory-admin.js';
import { MemoryConsumer } from './memory-consumer.js';
import { MemoryGroups } from './memory-groups.js';
import { MemoryLog } from './memory-log.js';

/**
 * `EventBus` in one process, for tests and tools: partitions, offsets, groups with rebalances, fences. Keeps nothing on
 * disk.
 * @throws in its methods the errors that `EventBus` declares
 */
export class MemoryBus implements EventBus {
  private readonly log = new MemoryLog();
  private readonly groups = new MemoryGroups(this.log);

  private knownAdmin: BusAdmin | undefined;

  constructor(private readonly logger: Logger = silentLogger) {}

  producer(limits: Partial<ProducerLimits> = {}): RawProducer {
    return new BatchingProducer(new MemoryWriter(this.log), limits);
  }

  async fencedWriter(name: string, target: TopicPartition): Promise<FencedWriter> {
    const epoch = this.log.fence(name, target);
    return {
      write: async (records) => {
        if (this.log.fenceOf(name, target) !== epoch) {
          throw failedPrecondition(`another writer has taken over ${target.topic}:${target.partition}`, {
            code: 'FENCED',
          });
        }
        for (const record of records) this.log.append({ ...record, ...target });
      },
    };
  }

  consumer(options: BusConsumerOptions, handlers: BusConsumerHandlers): BusConsumer & { expire(): void } {
    return new MemoryConsumer({ log: this.log, groups: this.groups, logger: this.logger }, options, handlers);
  }

  get admin(): BusAdmin {
    return (this.knownAdmin ??= new MemoryAdmin(this.log, this.groups, this.logger));
  }

  async close(): Promise<void> {
    this.log.wake();
  }
}

class MemoryWriter implements RecordWriter {
  constructor(private readonly log: MemoryLog) {}

  async write(
    groups: readonly PartitionRecords[],
    settled: (group: PartitionRecords, failures: Failures) => void,
  ): Promise<void> {
    for (const group of groups) settled(group, this.append(group));
  }

  private append({ records }: PartitionRecords): Failures {
    const failures = new Map<OutgoingRecord, AppError>();
    for (const record of records) {
      try {
        this.log.append(record);
      } catch (thrown) {
        const error = thrown instanceof AppError ? thrown : unavailable(asError(thrown).message, { cause: thrown });
        failures.set(record, isRetryable(error) ? unavailable(error.message, { cause: error }) : error);
      }
    }
    return failures;
  }

  async close(): Promise<void> {
    // There are no resources to close.
  }
}
