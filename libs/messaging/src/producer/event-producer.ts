import type { TopicDefinition } from '@fraudflow/contracts';
import { notFound } from '@fraudflow/core';
import type { EventBus, ProducerLimits, RawProducer } from '../port/bus.js';
import type { OutgoingRecord } from '../port/record.js';
import { encodeEvent, type EventRecord } from './event-encoder.js';

/** Sends typed values to the topics of the contracts. One per process is enough: all its records share requests. */
export class EventProducer {
  private readonly partitionCounts = new Map<string, number>();
  /** For runtimes and dead letters, which send encoded records. */
  readonly raw: RawProducer;

  constructor(
    private readonly bus: EventBus,
    limits: Partial<ProducerLimits> = {},
  ) {
    this.raw = bus.producer(limits);
  }

  /**
   * Resolves when all records are on all in-sync replicas. Per partition the order of calls and records is kept. Waits
   * while the buffer is full.
   * @throws AppError as RawProducer.write; `not_found` (UNKNOWN_TOPIC) if the topic does not exist
   */
  async send<Value>(topic: TopicDefinition<Value>, events: readonly EventRecord<Value>[]): Promise<void> {
    if (events.length === 0) return;
    const partitions = this.partitionCounts.get(topic.name) ?? (await this.partitionCount(topic.name));
    await this.raw.write(events.map((event) => encodeEvent(topic, partitions, event)));
  }

  /** Encodes an event as the record that `send` would write, for callers that write it themselves. */
  async encode<Value>(topic: TopicDefinition<Value>, event: EventRecord<Value>): Promise<OutgoingRecord> {
    return encodeEvent(topic, await this.partitionCount(topic.name), event);
  }

  /**
   * Partition count of a topic, queried once: it never changes for internal topics, and records of external topics are
   * repartitioned by key when they are read.
   */
  async partitionCount(topic: string): Promise<number> {
    const known = this.partitionCounts.get(topic);
    if (known !== undefined) return known;
    const count = await this.bus.admin.partitionCount(topic);
    if (count === undefined)
      throw notFound(`topic ${topic} does not exist; create it with ensureTopics`, { code: 'UNKNOWN_TOPIC' });
    this.partitionCounts.set(topic, count);
    return count;
  }

  flush(): Promise<void> {
    return this.raw.flush();
  }

  /** Flushes, then refuses further sends. */
  close(): Promise<void> {
    return this.raw.close();
  }
}
