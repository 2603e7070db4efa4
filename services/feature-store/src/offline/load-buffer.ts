import type { FeatureRow, LabelRow, OfflineLoad, OffsetMove } from './offline-store.port.js';

interface PartitionRows {
  move: OffsetMove;
  readonly features: FeatureRow[];
  readonly labels: LabelRow[];
}

/** Rows waiting for the next load, by partition, so that a partition that is taken away can be forgotten as a whole. */
export class LoadBuffer {
  private partitions = new Map<string, PartitionRows>();

  /** True if nothing of the partition waits, or what waits ends where the move begins. Anything else would repeat rows or leave some out. */
  isContinuedBy(move: OffsetMove): boolean {
    const rows = this.partitions.get(partitionKey(move));
    return rows === undefined || rows.move.next === move.from;
  }

  /** Adds what a batch brought; only where it continues what waits. */
  add(move: OffsetMove, features: readonly FeatureRow[], labels: readonly LabelRow[]): void {
    const key = partitionKey(move);
    const rows = this.partitions.get(key);
    if (rows === undefined) {
      this.partitions.set(key, { move, features: [...features], labels: [...labels] });
      return;
    }
    rows.move = { ...rows.move, next: move.next };
    for (const row of features) rows.features.push(row);
    for (const row of labels) rows.labels.push(row);
  }

  /** Forgets what waits for a partition: its next owner reads it again from the stored offset. */
  forget(partition: { readonly topic: string; readonly partition: number }): void {
    this.partitions.delete(partitionKey(partition));
  }

  get rowCount(): number {
    let count = 0;
    for (const { features, labels } of this.partitions.values()) count += features.length + labels.length;
    return count;
  }

  get isEmpty(): boolean {
    return this.partitions.size === 0;
  }

  /** Everything that waits, as one load; the buffer is empty afterwards. */
  take(): OfflineLoad {
    const waiting = [...this.partitions.values()];
    // A Map that is cleared keeps what it held alive (see TransientTable).
    this.partitions = new Map();
    return waiting;
  }
}

export function partitionKey({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic}:${partition}`;
}
