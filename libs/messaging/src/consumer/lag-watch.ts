import type { Logger } from '@fraudflow/observability';
import type { BusAdmin } from '../port/bus.js';
import { partitionName, type TopicPartition } from '../port/record.js';
import type { MessagingMetrics } from './messaging-metrics.js';

/** How long a partition may stand still before it counts as stuck, ms. */
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

interface Place extends TopicPartition {
  /** Where the partition is read on; undefined: where the group has committed. */
  position: number | undefined;
  movedAtMs: number;
  isStuck: boolean;
}

/**
 * Measures how far each held partition is behind its end, whether or not records come: one that cannot be read would otherwise show its last
 * lag for ever. Tells which stand still although records wait, or cannot be asked at all.
 */
export class LagWatch {
  private readonly places = new Map<string, Place>();
  private readonly nowMs: () => number;

  constructor(private readonly options: LagWatchOptions) {
    this.nowMs = options.nowMs ?? ((): number => performance.now());
  }

  /** The partition is ours and is read from here on; undefined: from the group's committed offset. */
  begin({ topic, partition }: TopicPartition, position: number | undefined): void {
    const place = { topic, partition, position, movedAtMs: this.nowMs(), isStuck: false };
    this.places.set(partitionName(place), place);
  }

  moved(target: TopicPartition, position: number): void {
    const place = this.places.get(partitionName(target));
    if (!place || place.position === position) return;
    place.position = position;
    this.noteMoving(place);
  }

  drop(target: TopicPartition): void {
    const place = this.places.get(partitionName(target));
    if (!place) return;
    this.places.delete(partitionName(target));
    this.options.metrics?.lag.remove(this.labelsOf(place));
    this.options.metrics?.stuck.remove(this.labelsOf(place));
  }

  /** Names of the partitions that stand still. */
  stuck(): readonly string[] {
    return [...this.places].filter(([, { isStuck }]) => isStuck).map(([name]) => name);
  }

  /** Nothing is meant to move now. */
  rest(): void {
    for (const place of this.places.values()) this.noteMoving(place);
  }

  /** Asks for the ends and sets the metrics. @throws AppError */
  async measure(): Promise<void> {
    const places = [...this.places.values()];
    if (places.length === 0) return;
    const { admin, metrics } = this.options;
    // A broker that does not answer is what makes partitions stand still: the others are judged all the same.
    const ranges = await admin.offsetRanges(places).catch(() => new Map<string, { start: number; end: number }>());
    for (const place of places) {
      if (this.places.get(partitionName(place)) !== place) continue;
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

  private async committed({ topic, partition }: Place): Promise<number | undefined> {
    return (await this.options.admin.committed(this.options.groupId, topic))[partition];
  }

  private judge(place: Place): void {
    const stillMs = this.nowMs() - place.movedAtMs;
    if (!place.isStuck && stillMs >= (this.options.stuckAfterMs ?? STUCK_AFTER_MS)) {
      place.isStuck = true;
      const { topic, partition, position } = place;
      const details = { event: 'partition_stuck', topic, partition, group: this.options.groupId, position, stillMs };
      this.options.logger.error(details, 'records wait or the partition cannot be asked, and it does not move');
    }
    this.options.metrics?.stuck.set(this.labelsOf(place), place.isStuck ? 1 : 0);
  }

  private noteMoving(place: Place): void {
    place.movedAtMs = this.nowMs();
    place.isStuck = false;
  }

  private labelsOf({ topic, partition }: TopicPartition): { topic: string; partition: string; group: string } {
    return { topic, partition: String(partition), group: this.options.groupId };
  }
}
