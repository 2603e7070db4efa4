import {
  type LabelPosition,
  type NewPendingLabel,
  type Settlement,
  type PendingLabel,
  PendingLabelRepository,
} from '../src/labels/pending-label.repository.js';

interface Held {
  readonly label: NewPendingLabel;
  readonly waitingSinceMs: number;
  lookupAtMs: number;
  isTaken: boolean;
}

/** Pending labels in memory, for tests. */
export class MemoryPendingLabels extends PendingLabelRepository {
  private readonly held = new Map<string, Held>();

  async add(labels: readonly NewPendingLabel[], nowMs: number): Promise<void> {
    for (const label of labels) {
      const name = nameOf(label);
      if (!this.held.has(name))
        this.held.set(name, { label, waitingSinceMs: nowMs, lookupAtMs: nowMs, isTaken: false });
    }
  }

  async settleDue(
    limit: number,
    nowMs: number,
    settle: (due: readonly PendingLabel[]) => Promise<Settlement>,
  ): Promise<number> {
    const due = [...this.held.values()]
      .filter(({ lookupAtMs, isTaken }) => !isTaken && lookupAtMs <= nowMs)
      .toSorted((one, other) => one.lookupAtMs - other.lookupAtMs)
      .slice(0, limit);
    if (due.length === 0) return 0;
    for (const held of due) held.isTaken = true;
    try {
      const { done, later } = await settle(due.map(toPendingLabel));
      for (const position of done) this.held.delete(nameOf(position));
      for (const { position, lookupAtMs } of later) {
        const held = this.held.get(nameOf(position));
        if (held) held.lookupAtMs = lookupAtMs;
      }
      return due.length;
    } finally {
      for (const held of due) held.isTaken = false;
    }
  }

  async bytesOf(positions: readonly LabelPosition[]): Promise<readonly (Buffer | undefined)[]> {
    return positions.map((position) => this.held.get(nameOf(position))?.label.bytes);
  }

  async count(): Promise<number> {
    return this.held.size;
  }
}

function toPendingLabel({ label: { topic, partition, offset, label, takenAtMs }, waitingSinceMs }: Held): PendingLabel {
  return { topic, partition, offset, label, takenAtMs, waitingSinceMs };
}

function nameOf({ topic, partition, offset }: LabelPosition): string {
  return `${topic}:${partition}:${offset}`;
}
