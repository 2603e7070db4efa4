import type { FeatureRow, LabelRow, OfflineLoad, OffsetMove } from './offline-store.port.js';

interface PartitionRows {
  move: OffsetMove;
  readonly features: FeatureRow[];
  readonly labels: LabelRow[];
}

/** Rows buffered for the next load, by partition, so that the rows of a revoked partition can be dropped. */
export class LoadBuffer {
  private partitions = new Map<string, PartitionRows>();

  /**
   * True if the buffer holds no rows of the partition, or if they end where the move begins. Otherwise rows would be
   * repeated or lost.
   */
  isContinuedBy(move: OffsetMove): boolean {
    const rows = this.partitions.get(partitionKey(move));
    return rows === undefined || rows.move.next === move.from;
  }

  /** Adds the rows of a batch. Requires `isContinuedBy(move)`. */
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

  /** Drops the buffered rows of a partition; its next owner reads them again from the stored offset. */
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

  /** Removes all buffered rows and returns them as one load. */
  take(): OfflineLoad {
    const load = [...this.partitions.values()];
    // A new Map, because a cleared one can keep its old entries alive (see TransientTable).
    this.partitions = new Map();
    return load;
  }
}

export function partitionKey({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic}:${partition}`;
}
