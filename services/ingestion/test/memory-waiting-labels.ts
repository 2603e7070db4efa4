import {
  type LabelPlace,
  type NewWaitingLabel,
  type Settlement,
  type WaitingLabel,
  WaitingLabelRepository,
} from '../src/labels/waiting-label.repository.js';

interface Held {
  readonly label: NewWaitingLabel;
  readonly waitingSinceMs: number;
  lookAtMs: number;
  isTaken: boolean;
}

/** Waiting labels in memory, for tests. */
export class MemoryWaitingLabels extends WaitingLabelRepository {
  private readonly held = new Map<string, Held>();

  async add(labels: readonly NewWaitingLabel[], nowMs: number): Promise<void> {
    for (const label of labels) {
      const name = nameOf(label);
      if (!this.held.has(name)) this.held.set(name, { label, waitingSinceMs: nowMs, lookAtMs: nowMs, isTaken: false });
    }
  }

  async settleDue(
    limit: number,
    nowMs: number,
    settle: (due: readonly WaitingLabel[]) => Promise<Settlement>,
  ): Promise<number> {
    const due = [...this.held.values()]
      .filter(({ lookAtMs, isTaken }) => !isTaken && lookAtMs <= nowMs)
      .toSorted((one, other) => one.lookAtMs - other.lookAtMs)
      .slice(0, limit);
    if (due.length === 0) return 0;
    for (const held of due) held.isTaken = true;
    try {
      const { done, later } = await settle(due.map(toWaitingLabel));
      for (const place of done) this.held.delete(nameOf(place));
      for (const { place, lookAtMs } of later) {
        const held = this.held.get(nameOf(place));
        if (held) held.lookAtMs = lookAtMs;
      }
      return due.length;
    } finally {
      for (const held of due) held.isTaken = false;
    }
  }

  async bytesOf(places: readonly LabelPlace[]): Promise<readonly (Buffer | undefined)[]> {
    return places.map((place) => this.held.get(nameOf(place))?.label.bytes);
  }

  async count(): Promise<number> {
    return this.held.size;
  }
}

function toWaitingLabel({ label: { topic, partition, offset, label, takenAtMs }, waitingSinceMs }: Held): WaitingLabel {
  return { topic, partition, offset, label, takenAtMs, waitingSinceMs };
}

function nameOf({ topic, partition, offset }: LabelPlace): string {
  return `${topic}:${partition}:${offset}`;
}
