import { type AppError, failedPrecondition } from '@fraudflow/core';
import { partitionName, recordBytes, type OutgoingRecord, type TopicPartition } from '../port/record.js';
import type { ProducerLimits, RawProducer } from '../port/bus.js';
import type { PartitionRecords, RecordWriter } from '../port/record-writer.js';

export const DEFAULT_PRODUCER_LIMITS: ProducerLimits = {
  maxBufferedRecords: 100_000,
  maxBufferedBytes: 64 * 1024 * 1024,
  maxRequestBytes: 8 * 1024 * 1024,
  // A little under the broker's default max.message.bytes (1 048 588), which bounds a record batch.
  maxPartitionBytes: 960 * 1024,
};

/** One `write` call: settled when its last record is. */
interface Call {
  unsettled: number;
  error: AppError | undefined;
  resolve(): void;
  reject(error: AppError): void;
}

interface Queued {
  readonly record: OutgoingRecord;
  readonly bytes: number;
  readonly call: Call;
}

interface PartitionQueue extends TopicPartition {
  items: Queued[];
}

/**
 * Turns many small writes into few large requests without waiting for more to come: whatever gathers while a request is in
 * flight makes up the next one, and all writes of one turn of the event loop share the first. One request at a time, so order holds.
 */
export class BatchingProducer implements RawProducer {
  /** One for each partition that was ever written to. A Map that they left and entered again would keep what they held alive (see TransientTable). */
  private readonly queues = new Map<string, PartitionQueue>();
  /** Those that hold something, whose turn is next first. */
  private waiting: PartitionQueue[] = [];
  private readonly limits: ProducerLimits;
  private bufferedRecords = 0;
  private bufferedBytes = 0;
  private draining: Promise<void> | undefined;
  private admissions: (() => void)[] = [];
  private closed = false;

  constructor(
    private readonly writer: RecordWriter,
    limits: Partial<ProducerLimits> = {},
  ) {
    this.limits = { ...DEFAULT_PRODUCER_LIMITS, ...limits };
  }

  async write(records: readonly OutgoingRecord[]): Promise<void> {
    if (records.length === 0) return;
    if (this.closed) throw failedPrecondition('the producer is closed', { code: 'PRODUCER_CLOSED' });
    await new Promise<void>((resolve, reject) => {
      const enqueue = (): void =>
        this.enqueue(records, { unsettled: records.length, error: undefined, resolve, reject });
      // First come, first served, or a partition's order would not be the order of calls.
      if (this.isFull() || this.admissions.length > 0) this.admissions.push(enqueue);
      else enqueue();
    });
  }

  async flush(): Promise<void> {
    while (this.draining || this.admissions.length > 0) await (this.draining ?? nextTurn());
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.flush();
    await this.writer.close();
  }

  private isFull(): boolean {
    return this.bufferedRecords >= this.limits.maxBufferedRecords || this.bufferedBytes >= this.limits.maxBufferedBytes;
  }

  private enqueue(records: readonly OutgoingRecord[], call: Call): void {
    let queue: PartitionQueue | undefined;
    for (const record of records) {
      const bytes = recordBytes(record);
      if (queue?.partition !== record.partition || queue.topic !== record.topic) queue = this.queueOf(record);
      if (queue.items.length === 0) this.waiting.push(queue);
      queue.items.push({ record, bytes, call });
      this.bufferedBytes += bytes;
    }
    this.bufferedRecords += records.length;
    this.draining ??= this.drain();
  }

  private queueOf({ topic, partition }: TopicPartition): PartitionQueue {
    const name = partitionName({ topic, partition });
    let queue = this.queues.get(name);
    if (!queue) this.queues.set(name, (queue = { topic, partition, items: [] }));
    return queue;
  }

  private async drain(): Promise<void> {
    await nextTurn();
    while (this.bufferedRecords > 0) {
      const taken = this.takeRequest();
      const failures = await this.writer.write(taken.groups);
      for (const item of taken.items) this.settle(item, failures.size === 0 ? undefined : failures.get(item.record));
      this.admit();
    }
    this.draining = undefined;
  }

  private takeRequest(): { groups: PartitionRecords[]; items: Queued[] } {
    const groups: PartitionRecords[] = [];
    const items: Queued[] = [];
    let requestBytes = 0;
    const inTurn = this.waiting;
    const again: PartitionQueue[] = [];
    let turns = 0;
    for (const queue of inTurn) {
      turns++;
      const records: OutgoingRecord[] = [];
      let bytes = 0;
      for (let next = queue.items[0]; next; next = queue.items[records.length]) {
        const fits =
          bytes + next.bytes <= this.limits.maxPartitionBytes &&
          requestBytes + bytes + next.bytes <= this.limits.maxRequestBytes;
        if (!fits && (records.length > 0 || groups.length > 0)) break;
        records.push(next.record);
        items.push(next);
        bytes += next.bytes;
        if (!fits) break;
      }
      if (records.length > 0) groups.push({ topic: queue.topic, partition: queue.partition, records });
      requestBytes += bytes;
      queue.items = queue.items.slice(records.length);
      if (queue.items.length > 0) again.push(queue);
      if (requestBytes >= this.limits.maxRequestBytes) break;
    }
    // Who had a turn goes to the end: every partition gets its own when requests are full.
    this.waiting = [...inTurn.slice(turns), ...again];
    return { groups, items };
  }

  private settle({ call, bytes }: Queued, error: AppError | undefined): void {
    this.bufferedRecords--;
    this.bufferedBytes -= bytes;
    call.error ??= error;
    if (--call.unsettled > 0) return;
    if (call.error) call.reject(call.error);
    else call.resolve();
  }

  private admit(): void {
    while (this.admissions.length > 0 && !this.isFull()) this.admissions.shift()?.();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
