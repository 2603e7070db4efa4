import { type AppError, defined, invalidInput, notFound } from '@fraudflow/core';
import {
  flatHeaders,
  recordBytes,
  type HeaderValue,
  type OutgoingRecord,
  type RawRecord,
  type RecordHeaders,
  type TopicPartition,
} from '../port/record.js';
import type { OffsetRange, TopicSpec } from '../port/bus.js';

interface Topic {
  /** Different for each topic that is created under this name. */
  readonly incarnation: string;
  readonly maxMessageBytes: number;
  readonly partitions: Partition[];
}

interface Partition {
  /** By offset; those before `start` are deleted. */
  readonly records: RawRecord[];
  start: number;
  /** Newest epoch per writer name. */
  readonly fences: Map<string, number>;
  readonly maxMessageBytes: number;
}

/** Topics and records that several `MemoryBus` instances share: the state that a broker keeps when its clients stop. */
export class MemoryLog {
  private readonly topics = new Map<string, Topic>();
  private readonly waiters = new Set<() => void>();
  private appended = 0;
  private created = 0;

  create({
    name,
    partitions: count,
    maxMessageBytes,
  }: Pick<TopicSpec, 'name' | 'partitions' | 'maxMessageBytes'>): boolean {
    if (this.topics.has(name)) return false;
    const partitions = Array.from({ length: count }, () => newPartition(maxMessageBytes));
    this.topics.set(name, { incarnation: `memory${++this.created}`, maxMessageBytes, partitions });
    return true;
  }

  delete(topic: string): void {
    if (!this.topics.delete(topic)) throw unknownTopic(topic);
    this.wake();
  }

  addPartitions(topic: string, count: number): void {
    const { partitions, maxMessageBytes } = this.topic(topic);
    if (count < partitions.length) throw invalidInput(`${topic} has more partitions`, { code: 'FEWER_PARTITIONS' });
    while (partitions.length < count) partitions.push(newPartition(maxMessageBytes));
  }

  /** Undefined for an unknown topic. */
  incarnation(topic: string): string | undefined {
    return this.topics.get(topic)?.incarnation;
  }

  settings(topic: string): Readonly<Record<string, string>> {
    const { maxMessageBytes } = this.topic(topic);
    return { 'message.timestamp.type': 'LogAppendTime', 'max.message.bytes': String(maxMessageBytes) };
  }

  deleteRecords(target: TopicPartition, before: number): void {
    const partition = this.partition(target);
    partition.start = Math.min(Math.max(partition.start, before), partition.records.length);
  }

  partitionCount(topic: string): number | undefined {
    return this.topics.get(topic)?.partitions.length;
  }

  offsets(topic: string): OffsetRange[] {
    return this.topic(topic).partitions.map(({ start, records }) => ({ start, end: records.length }));
  }

  range(target: TopicPartition): OffsetRange {
    const { start, records } = this.partition(target);
    return { start, end: records.length };
  }

  /**
   * @throws AppError `not_found` for an unknown topic or partition, `invalid_input` for a record above the topic's
   * bound.
   */
  append(record: OutgoingRecord): void {
    const { records, maxMessageBytes } = this.partition(record);
    if (recordBytes(record) > maxMessageBytes)
      throw invalidInput('the record is too large for its topic', { code: 'RECORD_TOO_LARGE' });
    records.push({
      offset: records.length,
      key: bytes(record.key),
      value: bytes(record.value),
      headers: storedHeaders(record.headers),
      appendedAtMs: ++this.appended,
    });
    this.wake();
  }

  slice(target: TopicPartition, from: number, maxRecords: number): RawRecord[] {
    const { records, start } = this.partition(target);
    return records.slice(Math.max(from, start), Math.max(from, start) + maxRecords);
  }

  end(target: TopicPartition): number {
    return this.partition(target).records.length;
  }

  /** As `end`; 0 for a partition of a deleted topic. */
  endOf(target: TopicPartition): number {
    return this.topics.get(target.topic)?.partitions[target.partition]?.records.length ?? 0;
  }

  /** Raises the epoch of a writer name on a partition and returns it. */
  fence(name: string, target: TopicPartition): number {
    const { fences } = this.partition(target);
    const epoch = (fences.get(name) ?? 0) + 1;
    fences.set(name, epoch);
    return epoch;
  }

  fenceOf(name: string, target: TopicPartition): number {
    return this.partition(target).fences.get(name) ?? 0;
  }

  /** Resolves at the next append or `wake`. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.waiters.add(resolve));
  }

  wake(): void {
    for (const resolve of this.waiters) resolve();
    this.waiters.clear();
  }

  private topic(name: string): Topic {
    const topic = this.topics.get(name);
    if (!topic) throw unknownTopic(name);
    return topic;
  }

  private partition({ topic, partition }: TopicPartition): Partition {
    const { partitions } = this.topic(topic);
    if (partition >= partitions.length)
      throw notFound(`${topic} has no partition ${partition}`, { code: 'UNKNOWN_PARTITION' });
    return defined(partitions[partition], 'partition');
  }
}

function newPartition(maxMessageBytes: number): Partition {
  return { records: [], start: 0, fences: new Map(), maxMessageBytes };
}

function unknownTopic(topic: string): AppError {
  return notFound(`topic ${topic} does not exist`, { code: 'UNKNOWN_TOPIC' });
}

/** Copies the bytes, because the sender may reuse its buffer. */
function bytes(value: Buffer | string | null): Buffer | null {
  return value === null ? null : Buffer.from(value as string);
}

function storedHeaders(headers: OutgoingRecord['headers']): RecordHeaders {
  const stored = Object.create(null) as Record<string, HeaderValue | HeaderValue[]>;
  const flat = flatHeaders(headers);
  for (let i = 0; i < flat.length; i += 2) {
    const name = String(flat[i]);
    const value = bytes(flat[i + 1] ?? null);
    const known = stored[name];
    if (known === undefined) stored[name] = value;
    else if (Array.isArray(known)) known.push(value);
    else stored[name] = [known, value];
  }
  return stored;
}
