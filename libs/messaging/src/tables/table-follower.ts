import type { TopicDefinition } from '@fraudflow/contracts';
import { asError, delay } from '@fraudflow/core';
import type { HealthStatus, Logger } from '@fraudflow/observability';
import type { BusAdmin } from '../port/bus.js';
import type { RawRecord } from '../port/record.js';
import { jsonDecoder } from '../consumer/json-decoder.js';

/** Receiver of the changes of a table. */
export interface TableChanges<Value> {
  /**
   * Sets the value of a record, called in partition order. If it throws, the error is logged and the record is skipped.
   */
  set(value: Value): void;
  /** Deletes the value of a key, for a tombstone. */
  delete(key: string): void;
}

/** Topic, receiver and dependencies of a follower. */
export interface TableFollowerOptions<Value> {
  readonly admin: BusAdmin;
  readonly topic: TopicDefinition<Value>;
  readonly changes: TableChanges<Value>;
  readonly logger: Logger;
  /** Poll interval of a topic without new records, ms. Default 250. */
  readonly idleMs?: number;
}

const IDLE_MS = 250;

/**
 * Maintains a table from a compacted topic: reads all of it, and then new records. Joins no group and commits nothing,
 * so every process has the whole table. Errors of the log are retried until stopped.
 */
export class TableFollower<Value> {
  private readonly stopped = new AbortController();
  private readonly decode: (raw: RawRecord) => Value;
  private readonly positions: number[] = [];
  private running: Promise<void> | undefined;
  private failing = false;

  constructor(private readonly options: TableFollowerOptions<Value>) {
    this.decode = jsonDecoder<Value>(options.topic);
  }

  /** Resolves when all records that the topic contained at the call are read, or when stopped before. */
  async start(): Promise<void> {
    await this.untilDone(() => this.readAll());
    this.running = this.follow();
  }

  /** Health check for /ready: fails while the topic cannot be read, because the table may be outdated. */
  health(): HealthStatus {
    const { name } = this.options.topic;
    return this.failing ? { ok: false, detail: `${name} cannot be read` } : { ok: true, detail: `${name} is followed` };
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.running;
  }

  private async follow(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      let count = 0;
      await this.untilDone(async () => {
        count = await this.readOnce();
      });
      if (count === 0) await delay(this.options.idleMs ?? IDLE_MS, signal);
    }
  }

  private async readAll(): Promise<void> {
    const ranges = await this.options.admin.offsets(this.options.topic.name);
    for (const [partition, { start }] of ranges.entries()) {
      this.positions[partition] = Math.max(start, this.positions[partition] ?? 0);
    }
    const isBehind = ({ end }: { end: number }, partition: number): boolean => (this.positions[partition] ?? 0) < end;
    while (!this.stopped.signal.aborted && ranges.some(isBehind)) await this.readOnce();
  }

  /** @returns the number of offsets by which all partitions together advanced */
  private async readOnce(): Promise<number> {
    const { admin, topic } = this.options;
    let count = 0;
    for (const [partition, position] of this.positions.entries()) {
      const { records, nextOffset } = await admin.read({ topic: topic.name, partition }, position);
      for (const record of records) this.apply(record, partition);
      this.positions[partition] = nextOffset;
      count += nextOffset - position;
    }
    return count;
  }

  private apply(raw: RawRecord, partition: number): void {
    const { changes, logger, topic } = this.options;
    try {
      if (raw.value === null) changes.delete(raw.key?.toString('utf8') ?? '');
      else changes.set(this.decode(raw));
    } catch (thrown) {
      const place = { topic: topic.name, partition, offset: raw.offset };
      logger.error({ event: 'table_record_ignored', ...place, reason: asError(thrown).message });
    }
  }

  private async untilDone(work: () => Promise<void>): Promise<void> {
    const { signal } = this.stopped;
    const { logger, topic, admin } = this.options;
    while (!signal.aborted) {
      try {
        await work();
        this.failing = false;
        return;
      } catch (thrown) {
        if (!this.failing)
          logger.warn({ event: 'table_unreadable', topic: topic.name, reason: asError(thrown).message });
        this.failing = true;
        await delay(this.options.idleMs ?? IDLE_MS, signal);
        await this.skipLost(admin);
      }
    }
  }

  /** If the log was truncated beyond a position, continues at its start. */
  private async skipLost(admin: BusAdmin): Promise<void> {
    const ranges = await admin.offsets(this.options.topic.name).catch(() => []);
    for (const [partition, { start }] of ranges.entries()) {
      if ((this.positions[partition] ?? 0) < start) this.positions[partition] = start;
    }
  }
}
