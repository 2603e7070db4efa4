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
import type { PartitionRecords, RecordWriter } from '../port/record-writer.js';
import { BatchingProducer } from '../producer/batching-producer.js';
import { MemoryConsumer } from './memory-consumer.js';
import { MemoryGroups } from './memory-groups.js';
import { MemoryLog } from './memory-log.js';

const READ_RECORDS = 1_000;

/** The whole bus in one process, for tests and tools: partitions, offsets, groups with rebalance, fences. Keeps nothing. */
export class MemoryBus implements EventBus {
  private readonly log = new MemoryLog();
  private readonly groups = new MemoryGroups(this.log);

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
    return {
      createTopics: async (topics) => topics.filter((topic) => this.log.create(topic)).map((topic) => topic.name),
      partitionCount: async (topic) => this.log.partitionCount(topic),
      offsets: async (topic) => this.log.offsets(topic),
      committed: async (groupId, topic) =>
        this.log.offsets(topic).map((_, partition) => this.groups.committed(groupId, { topic, partition })),
      read: async (target, fromOffset) => {
        const records = this.log.slice(target, fromOffset, READ_RECORDS);
        return { records, nextOffset: fromOffset + records.length };
      },
    };
  }

  async close(): Promise<void> {
    this.log.wake();
  }
}

class MemoryWriter implements RecordWriter {
  constructor(private readonly log: MemoryLog) {}

  async write(groups: readonly PartitionRecords[]): Promise<ReadonlyMap<OutgoingRecord, AppError>> {
    const failures = new Map<OutgoingRecord, AppError>();
    for (const record of groups.flatMap((group) => group.records)) {
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
    // Nothing is held open.
  }
}
