import type { Logger } from '@fraudflow/observability';
import type { BusAdmin } from '../port/bus.js';
import { partitionName, type TopicPartition } from '../port/record.js';
import type { MessagingMetrics } from './handling/messaging-metrics.js';

/** Time without progress after which a partition counts as stuck, ms. */
export const STUCK_AFTER_MS = 60_000;

export interface LagWatchOptions {
  readonly admin: Pick<BusAdmin, 'offsetRanges' | 'committed'>;
  readonly groupId: string;
  readonly logger: Logger;
  readonly metrics: MessagingMetrics | undefined;
  /** Default `STUCK_AFTER_MS`. */
  readonly stuckAfterMs?: number | undefined;
  /** Wall clock, ms; replaced in tests. */
  readonly nowMs?: () => number;
}

interface WatchedPartition extends TopicPartition {
  /** Next offset to read; undefined: the group's committed offset. */
  position: number | undefined;
  movedAtMs: number;
  isStuck: boolean;
}

/**
 * Measures the lag of each assigned partition whether or not records arrive: otherwise a partition that cannot be read
 * would report its last lag forever. Reports partitions as stuck that make no progress although records wait, or whose
 * end offset cannot be read.
 */
export class LagWatch {
  private readonly watched = new Map<string, WatchedPartition>();
  private readonly nowMs: () => number;

  constructor(private readonly options: LagWatchOptions) {
    this.nowMs = options.nowMs ?? ((): number => performance.now());
  }

  /**
   * Starts watching an assigned partition that is read from `position`; undefined: from the group's committed offset.
   */
  begin({ topic, partition }: TopicPartition, position: number | undefined): void {
    const place = { topic, partition, position, movedAtMs: this.nowMs(), isStuck: false };
    this.watched.set(partitionName(place), place);
  }

  moved(target: TopicPartition, position: number): void {
    const place = this.watched.get(partitionName(target));
    if (!place || place.position === position) return;
    place.position = position;
    this.noteMoving(place);
  }

  drop(target: TopicPartition): void {
    const place = this.watched.get(partitionName(target));
    if (!place) return;
    this.watched.delete(partitionName(target));
    this.options.metrics?.lag.remove(this.labelsOf(place));
    this.options.metrics?.stuck.remove(this.labelsOf(place));
  }

  /** Names of the stuck partitions. */
  stuck(): readonly string[] {
    return [...this.watched].filter(([, { isStuck }]) => isStuck).map(([name]) => name);
  }

  /** Resets the timers, because no progress is expected while consumption is paused. */
  resetTimers(): void {
    for (const place of this.watched.values()) this.noteMoving(place);
  }

  /** Reads the end offsets and sets the metrics. @throws AppError */
  async measure(): Promise<void> {
    const watched = [...this.watched.values()];
    if (watched.length === 0) return;
    const { admin, metrics } = this.options;
    // A broker that does not respond is one cause of stuck partitions: partitions without a known end are judged too.
    const ranges = await admin.offsetRanges(watched).catch(() => new Map<string, { start: number; end: number }>());
    for (const place of watched) {
      if (this.watched.get(partitionName(place)) !== place) continue;
      const range = ranges.get(partitionName(place));
      if (range) {
        const position = place.position ?? (await this.committed(place)) ?? range.start;
        const lag = Math.max(0, range.end - Math.max(position, range.start));
        metrics?.lag.set(this.labelsOf(place), lag);
        if (lag === 0) this.noteMoving(place);
      }
      this.judge(place);
    }
  }

  private async committed({ topic, partition }: WatchedPartition): Promise<number | undefined> {
    return (await this.options.admin.committed(this.options.groupId, topic))[partition];
  }

  private judge(place: WatchedPartition): void {
    const stillMs = this.nowMs() - place.movedAtMs;
    if (!place.isStuck && stillMs >= (this.options.stuckAfterMs ?? STUCK_AFTER_MS)) {
      place.isStuck = true;
      const { topic, partition, position } = place;
      const details = { event: 'partition_stuck', topic, partition, group: this.options.groupId, position, stillMs };
      this.options.logger.error(
        details,
        'the partition makes no progress although records wait, or its end offset cannot be read: see earlier errors of it',
      );
    }
    this.options.metrics?.stuck.set(this.labelsOf(place), place.isStuck ? 1 : 0);
  }

  private noteMoving(place: WatchedPartition): void {
    place.movedAtMs = this.nowMs();
    place.isStuck = false;
  }

  private labelsOf({ topic, partition }: TopicPartition): { topic: string; partition: string; group: string } {
    return { topic, partition: String(partition), group: this.options.groupId };
  }
}
