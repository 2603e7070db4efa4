import { type AppError, failedPrecondition } from '@fraudflow/core';
import { partitionName, recordBytes, type OutgoingRecord, type TopicPartition } from '../port/record.js';
import type { ProducerLimits, RawProducer } from '../port/bus.js';
import type { Failures, PartitionRecords, RecordWriter } from '../port/record-writer.js';
import { within } from '../timing/within.js';

export const DEFAULT_PRODUCER_LIMITS: ProducerLimits = {
  maxBufferedRecords: 100_000,
  maxBufferedBytes: 64 * 1024 * 1024,
  maxRequestBytes: 8 * 1024 * 1024,
  // Slightly below the broker's default max.message.bytes (1 048 588), which limits a record batch.
  maxPartitionBytes: 960 * 1024,
};

/** Time that the next request waits for a broker that responds slowly, ms. */
const STRAGGLER_MS = 100;

/** One `write` call: settled when its last record is settled. */
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
  /** The records that the writer is sending, in order; empty if none. */
  inFlight: readonly Queued[];
}

const NOTHING: readonly Queued[] = [];

/**
 * Combines many small writes into few large requests without waiting for more: records written during a request in
 * flight form the next request, and all writes of one turn of the event loop share the first. One batch of a partition
 * is in flight at a time, which keeps the order; a failing partition does not delay others.
 */
export class BatchingProducer implements RawProducer {
  /**
   * One queue for each partition that was ever written to. Entries are never removed: a Map with frequent insertions
   * and deletions keeps removed values alive (see TransientTable).
   */
  private readonly queues = new Map<string, PartitionQueue>();
  /** Queues with waiting records, in the order in which they are served. */
  private waiting: PartitionQueue[] = [];
  private readonly limits: ProducerLimits;
  private bufferedRecords = 0;
  private bufferedBytes = 0;
  private isDraining = false;
  private whenEmpty: (() => void)[] = [];
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
      // Admitted in call order, which keeps the order of records within a partition.
      if (this.isFull() || this.admissions.length > 0) this.admissions.push(enqueue);
      else enqueue();
    });
  }

  async flush(): Promise<void> {
    while (this.bufferedRecords > 0) await new Promise<void>((resolve) => this.whenEmpty.push(resolve));
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
      if (queue.items.length === 0 && queue.inFlight.length === 0) this.waiting.push(queue);
      queue.items.push({ record, bytes, call });
      this.bufferedBytes += bytes;
    }
    this.bufferedRecords += records.length;
    this.drain();
  }

  private queueOf({ topic, partition }: TopicPartition): PartitionQueue {
    const name = partitionName({ topic, partition });
    let queue = this.queues.get(name);
    if (!queue) this.queues.set(name, (queue = { topic, partition, items: [], inFlight: NOTHING }));
    return queue;
  }

  private drain(): void {
    if (this.isDraining) return;
    this.isDraining = true;
    void this.sendWaiting();
  }

  private async sendWaiting(): Promise<void> {
    await nextTurn();
    while (this.waiting.length > 0) {
      await within(STRAGGLER_MS, this.writer.write(this.takeRequest(), this.settled));
    }
    this.isDraining = false;
  }

  private takeRequest(): PartitionRecords[] {
    const groups: PartitionRecords[] = [];
    let requestBytes = 0;
    const inTurn = this.waiting;
    let turns = 0;
    for (const queue of inTurn) {
      turns++;
      const left = this.limits.maxRequestBytes - requestBytes;
      const { count, bytes } = this.fitting(queue, groups.length === 0, left);
      if (count === 0) {
        turns--;
        break;
      }
      queue.inFlight = queue.items.slice(0, count);
      queue.items = queue.items.slice(count);
      groups.push({
        topic: queue.topic,
        partition: queue.partition,
        records: queue.inFlight.map(({ record }) => record),
      });
      requestBytes += bytes;
      if (requestBytes >= this.limits.maxRequestBytes) break;
    }
    // A queue that was served is added at the end when its batch is settled, so every partition is served when requests
    // are full.
    this.waiting = inTurn.slice(turns);
    return groups;
  }

  /** Number of the queue's first items that fit into the next batch: at least one if it is the first of its request. */
  private fitting({ items }: PartitionQueue, isFirst: boolean, leftBytes: number): { count: number; bytes: number } {
    let bytes = 0;
    let count = 0;
    for (const next of items) {
      const fits = bytes + next.bytes <= this.limits.maxPartitionBytes && bytes + next.bytes <= leftBytes;
      if (!fits && (count > 0 || !isFirst)) break;
      bytes += next.bytes;
      count++;
      if (!fits) break;
    }
    return { count, bytes };
  }

  private readonly settled = ({ topic, partition }: PartitionRecords, failures: Failures): void => {
    const queue = this.queueOf({ topic, partition });
    const { inFlight } = queue;
    queue.inFlight = NOTHING;
    for (const item of inFlight) this.settle(item, failures.size === 0 ? undefined : failures.get(item.record));
    if (failures.size > 0) this.dropCallsOf(queue, inFlight, failures);
    if (queue.items.length > 0) {
      this.waiting.push(queue);
      this.drain();
    }
    this.admit();
    if (this.bufferedRecords === 0) for (const resolve of this.whenEmpty.splice(0)) resolve();
  };

  /**
   * Drops the records that wait after a failed record of their own call: the caller repeats the call, and a receiver
   * that drops duplicates by a high-water mark would take the earlier records for duplicates.
   */
  private dropCallsOf(queue: PartitionQueue, inFlight: readonly Queued[], failures: Failures): void {
    const failed = new Map<Call, AppError>();
    for (const { record, call } of inFlight) {
      const error = failures.get(record);
      if (error !== undefined && !failed.has(call)) failed.set(call, error);
    }
    const dropped = queue.items.filter(({ call }) => failed.has(call));
    if (dropped.length === 0) return;
    queue.items = queue.items.filter(({ call }) => !failed.has(call));
    for (const item of dropped) this.settle(item, failed.get(item.call));
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
