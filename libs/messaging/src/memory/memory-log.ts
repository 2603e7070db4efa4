import { defined, invalidInput, notFound } from '@fraudflow/core';
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

interface Partition {
  readonly records: RawRecord[];
  /** Newest epoch per writer name. */
  readonly fences: Map<string, number>;
  readonly maxMessageBytes: number;
}

/** Topics and records shared by every `MemoryBus` over it: what a broker keeps when its clients die. */
export class MemoryLog {
  private readonly topics = new Map<string, Partition[]>();
  private readonly waiters = new Set<() => void>();
  private appended = 0;

  create(spec: Pick<TopicSpec, 'name' | 'partitions' | 'maxMessageBytes'>): boolean {
    if (this.topics.has(spec.name)) return false;
    this.topics.set(
      spec.name,
      Array.from({ length: spec.partitions }, () => newPartition(spec.maxMessageBytes)),
    );
    return true;
  }

  partitionCount(topic: string): number | undefined {
    return this.topics.get(topic)?.length;
  }

  offsets(topic: string): OffsetRange[] {
    return this.partitionsOf(topic).map(({ records }) => ({ start: 0, end: records.length }));
  }

  /** @throws AppError `not_found` for an unknown topic or partition, `invalid_input` for a record above the topic's bound. */
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
    return this.partition(target).records.slice(from, from + maxRecords);
  }

  end(target: TopicPartition): number {
    return this.partition(target).records.length;
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

  private partitionsOf(topic: string): Partition[] {
    const partitions = this.topics.get(topic);
    if (!partitions) throw notFound(`topic ${topic} does not exist`, { code: 'UNKNOWN_TOPIC' });
    return partitions;
  }

  private partition({ topic, partition }: TopicPartition): Partition {
    const partitions = this.partitionsOf(topic);
    if (partition >= partitions.length)
      throw notFound(`${topic} has no partition ${partition}`, { code: 'UNKNOWN_PARTITION' });
    return defined(partitions[partition], 'partition');
  }
}

function newPartition(maxMessageBytes: number): Partition {
  return { records: [], fences: new Map(), maxMessageBytes };
}

function bytes(value: Buffer | string | null): Buffer | null {
  return typeof value === 'string' ? Buffer.from(value) : value;
}

function storedHeaders(headers: OutgoingRecord['headers']): RecordHeaders {
  const stored: Record<string, HeaderValue | HeaderValue[]> = {};
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
