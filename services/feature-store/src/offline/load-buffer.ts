import type { FeatureRow, LabelRow, OfflineLoad, OffsetMove } from './offline-store.port.js';

interface PartitionRows {
  readonly topic: string;
  readonly partition: number;
  from: number;
  next: number;
  features: FeatureRow[];
  labels: LabelRow[];
}

/** Rows waiting for the next load, by partition, so that a partition that is taken away can be forgotten as a whole. */
export class LoadBuffer {
  private readonly partitions = new Map<string, PartitionRows>();

  /** Adds what a batch brought; `from` is the offset the batch began at and `next` the one after it. */
  add(move: OffsetMove, features: readonly FeatureRow[], labels: readonly LabelRow[]): void {
    const key = `${move.topic}:${move.partition}`;
    const rows = this.partitions.get(key);
    if (rows === undefined) {
      this.partitions.set(key, { ...move, features: [...features], labels: [...labels] });
      return;
    }
    rows.next = move.next;
    for (const row of features) rows.features.push(row);
    for (const row of labels) rows.labels.push(row);
  }

  /** Forgets what waits for a partition: its next owner reads it again from the stored offset. */
  forget(topic: string, partition: number): void {
    this.partitions.delete(`${topic}:${partition}`);
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
    this.partitions.clear();
    return {
      features: waiting.flatMap(({ features }) => features),
      labels: waiting.flatMap(({ labels }) => labels),
      moves: waiting.map(({ topic, partition, from, next }) => ({ topic, partition, from, next })),
    };
  }
}
