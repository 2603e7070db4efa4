import { asError, delay } from '@fraudflow/core';
import type { Logger } from '@fraudflow/observability';
import type { BatchControl, BusConsumer, BusConsumerHandlers, BusConsumerOptions } from '../port/bus.js';
import { partitionName, type RawBatch, type TopicPartition } from '../port/record.js';
import type { MemoryGroups } from './memory-groups.js';
import type { MemoryLog } from './memory-log.js';

const RECORDS_PER_FETCH = 500;
const FAILURE_PAUSE_MS = 5;
const IDLE_POLL_MS = 20;
let memberNumber = 0;

interface Position extends TopicPartition {
  next: number;
  ready: boolean;
  pausedUntilMs: number;
  /** Deleted unread records before this offset have been reported. */
  lostUntil: number;
}

/** A group member on a `MemoryLog`, with the same fetch rounds and drain as `KafkaConsumer`. */
export class MemoryConsumer implements BusConsumer {
  private readonly memberId = `member-${String(++memberNumber).padStart(6, '0')}`;
  private positions: Position[] = [];
  private generation = -1;
  private ended = new AbortController();
  private running = false;
  private loop: Promise<void> | undefined;

  private readonly log: MemoryLog;
  private readonly groups: MemoryGroups;
  private readonly logger: Logger;

  constructor(
    broker: { readonly log: MemoryLog; readonly groups: MemoryGroups; readonly logger: Logger },
    private readonly options: BusConsumerOptions,
    private readonly handlers: BusConsumerHandlers,
  ) {
    ({ log: this.log, groups: this.groups, logger: this.logger } = broker);
  }

  async start(): Promise<void> {
    this.running = true;
    await new Promise<void>((resolve) => {
      this.loop = this.run(resolve);
    });
  }

  async stop(timeoutMs = 20_000): Promise<void> {
    this.running = false;
    this.ended.abort();
    this.log.wake();
    const timer = new AbortController();
    await Promise.race([this.loop, delay(timeoutMs, timer.signal)]);
    timer.abort();
    this.groups.leave(this.options.groupId, this.memberId);
  }

  /**
   * Simulates an unresponsive process: the group reassigns its partitions while the member still regards them as its
   * own.
   */
  expire(): void {
    this.groups.leave(this.options.groupId, this.memberId);
  }

  reassign({ topic, partition }: TopicPartition): void {
    const position = this.positions.find((held) => held.topic === topic && held.partition === partition);
    if (!position?.ready) return;
    position.ready = false;
    void this.open(position, this.ended.signal);
  }

  assignment(): readonly TopicPartition[] {
    return this.positions.map(({ topic, partition }) => ({ topic, partition }));
  }

  private async run(joined: () => void): Promise<void> {
    while (this.running) {
      if (this.generation !== this.groups.generation(this.options.groupId)) {
        this.ended.abort();
        // A first join may wait until other members drain; `start` must not wait for that.
        setImmediate(joined);
        await this.rejoin();
        continue;
      }
      const ready = this.positions.filter((position) => this.isFetchable(position));
      if (ready.length > 0) await Promise.all(ready.map((position) => this.handle(position)));
      else await this.idle();
    }
    this.ended.abort();
    this.revokeAllBut([]);
  }

  private async rejoin(): Promise<void> {
    const { groupId, topics } = this.options;
    const assigned = await this.groups.join(groupId, { id: this.memberId, topics });
    this.generation = this.groups.generation(groupId);
    this.revokeAllBut(assigned);
    this.ended = new AbortController();
    this.positions = assigned.map((target) => ({ ...target, next: 0, ready: false, pausedUntilMs: 0, lostUntil: 0 }));
    if (this.running) for (const position of this.positions) void this.open(position, this.ended.signal);
  }

  private revokeAllBut(kept: readonly TopicPartition[]): void {
    const names = new Set(kept.map(partitionName));
    for (const position of this.positions) if (!names.has(partitionName(position))) this.handlers.revoked?.(position);
    this.positions = this.positions.filter((position) => names.has(partitionName(position)));
  }

  private async open(position: Position, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const start = await this.handlers.assigned?.(position, signal);
        position.next = start ?? this.groups.committed(this.options.groupId, position) ?? this.defaultStart(position);
        position.ready = true;
        return this.log.wake();
      } catch (thrown) {
        this.logger.error({ event: 'assignment_failed', error: asError(thrown).message });
        await delay(FAILURE_PAUSE_MS, signal);
      }
    }
  }

  private defaultStart(position: Position): number {
    const { start, end } = this.log.range(position);
    return this.options.startFrom === 'latest' ? end : start;
  }

  private isFetchable(position: Position): boolean {
    return position.ready && position.pausedUntilMs <= performance.now() && position.next < this.log.endOf(position);
  }

  private async idle(): Promise<void> {
    const timer = new AbortController();
    await Promise.race([this.log.changed(), delay(IDLE_POLL_MS, timer.signal)]);
    timer.abort();
  }

  private async handle(position: Position): Promise<void> {
    const { start } = this.log.range(position);
    const from = Math.max(position.next, position.lostUntil);
    if (from < start) {
      this.handlers.lost?.(position, from, start);
      position.lostUntil = start;
    }
    const batch = this.fetch(position);
    try {
      const outcome = await this.handlers.batch(batch, this.control(position));
      position.next = outcome.nextOffset;
      position.pausedUntilMs = performance.now() + (outcome.pauseMs ?? 0);
    } catch (thrown) {
      if (!this.ended.signal.aborted)
        this.logger.error({ event: 'batch_failed', error: asError(thrown) }, asError(thrown).message);
      position.pausedUntilMs = performance.now() + FAILURE_PAUSE_MS;
    }
  }

  private fetch({ topic, partition, next }: Position): RawBatch {
    const records = this.log.slice({ topic, partition }, next, RECORDS_PER_FETCH);
    const highWatermark = this.log.end({ topic, partition });
    const nextOffset = (records.at(-1)?.offset ?? next - 1) + 1;
    const incarnation = this.log.incarnation(topic);
    return { topic, partition, records, fetchOffset: next, nextOffset, highWatermark, incarnation };
  }

  private control(position: Position): BatchControl {
    const { groupId } = this.options;
    return {
      signal: this.ended.signal,
      heartbeat: async () => {
        if (this.generation !== this.groups.generation(groupId)) this.ended.abort();
      },
      commit: async (nextOffset) => this.groups.commit(groupId, this.memberId, position, nextOffset),
    };
  }
}
