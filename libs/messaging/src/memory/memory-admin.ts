import type { Logger } from '@fraudflow/observability';
import type { BusAdmin, OffsetRange, TopicSpec } from '../port/bus.js';
import { partitionName, type RawRecord, type TopicPartition } from '../port/record.js';
import type { MemoryGroups } from './memory-groups.js';
import type { MemoryLog } from './memory-log.js';

const READ_RECORDS = 1_000;

/** The admin of a `MemoryBus`. */
export class MemoryAdmin implements BusAdmin {
  constructor(
    private readonly log: MemoryLog,
    private readonly groups: MemoryGroups,
    private readonly logger: Logger,
  ) {}

  async createTopics(topics: readonly TopicSpec[]): Promise<readonly string[]> {
    const created = topics.filter((topic) => this.log.create(topic)).map(({ name }) => name);
    if (created.length > 0) this.groups.topicsChanged(created);
    return created;
  }

  async partitionCount(topic: string): Promise<number | undefined> {
    return this.log.partitionCount(topic);
  }

  async addPartitions(topic: string, partitions: number): Promise<void> {
    this.log.addPartitions(topic, partitions);
    this.groups.topicsChanged([topic]);
  }

  async deleteTopic(topic: string): Promise<void> {
    this.log.delete(topic);
    this.groups.forget(topic);
  }

  async deleteRecords(target: TopicPartition, before: number): Promise<void> {
    this.log.deleteRecords(target, before);
  }

  async settings(topic: string): Promise<Readonly<Record<string, string>>> {
    return this.log.settings(topic);
  }

  async incarnation(topic: string): Promise<string | undefined> {
    return this.log.incarnation(topic);
  }

  warn(details: { readonly event: string; readonly topic: string }, text: string): void {
    this.logger.warn(details, text);
  }

  async offsets(topic: string): Promise<readonly OffsetRange[]> {
    return this.log.offsets(topic);
  }

  async offsetRange(target: TopicPartition): Promise<OffsetRange> {
    return this.log.range(target);
  }

  async offsetRanges(targets: readonly TopicPartition[]): Promise<ReadonlyMap<string, OffsetRange>> {
    const known = targets.filter(({ topic, partition }) => partition < (this.log.partitionCount(topic) ?? 0));
    return new Map(known.map((target) => [partitionName(target), this.log.range(target)]));
  }

  async committed(groupId: string, topic: string): Promise<readonly (number | undefined)[]> {
    return this.log.offsets(topic).map((_, partition) => this.groups.committed(groupId, { topic, partition }));
  }

  async read(
    target: TopicPartition,
    fromOffset: number,
  ): Promise<{ records: readonly RawRecord[]; nextOffset: number }> {
    const records = this.log.slice(target, fromOffset, READ_RECORDS);
    return { records, nextOffset: (records.at(-1)?.offset ?? fromOffset - 1) + 1 };
  }
}
