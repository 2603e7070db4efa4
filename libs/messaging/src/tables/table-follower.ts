import type { TopicDefinition } from '@fraudflow/contracts';
import { asError, delay } from '@fraudflow/core';
import type { HealthStatus, Logger } from '@fraudflow/observability';
import type { BusAdmin } from '../port/bus.js';
import type { RawRecord } from '../port/record.js';
import { jsonDecoder } from '../consumer/json-decoder.js';

export interface TableChanges<Value> {
  /** A record's value, in the order of its partition. What it throws is logged, and the record is passed over. */
  set(value: Value): void;
  /** A tombstone: the key has no value any more. */
  delete(key: string): void;
}

export interface TableFollowerOptions<Value> {
  readonly admin: BusAdmin;
  readonly topic: TopicDefinition<Value>;
  readonly changes: TableChanges<Value>;
  readonly logger: Logger;
  /** Pause between looks at a topic that has nothing new, ms. Default 250. */
  readonly idleMs?: number;
}

const IDLE_MS = 250;

/**
 * Keeps a table that lies in a compacted topic: reads all of it, and then what is added. Joins no group and commits nothing, so every
 * process has the whole table. Errors of the log are tried again for ever.
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

  /** Resolves when all is read that lay in the topic at the call, or when it was stopped before. */
  async start(): Promise<void> {
    await this.untilDone(() => this.readAll());
    this.running = this.follow();
  }

  /** For /ready: not well while the topic cannot be read, because the table may be old. */
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

  /** @returns how far all partitions together went */
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

  /** Where the log begins behind a position, the table goes on at its beginning. */
  private async skipLost(admin: BusAdmin): Promise<void> {
    const ranges = await admin.offsets(this.options.topic.name).catch(() => []);
    for (const [partition, { start }] of ranges.entries()) {
      if ((this.positions[partition] ?? 0) < start) this.positions[partition] = start;
    }
  }
}
