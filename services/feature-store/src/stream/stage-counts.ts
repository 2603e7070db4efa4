/** What became of the events a stage has applied; metrics come from here. */
export interface StageCounts {
  events(stage: 'customer' | 'terminal', outcome: string, count: number): void;
  /** Entities that left the memory of a stage and are read back when they are needed. */
  evicted(stage: 'customer' | 'terminal', count: number): void;
  /** Entities whose states were removed: nothing that may still come sees them. */
  expired(stage: 'customer' | 'terminal', count: number): void;
}

/** Counts outcomes within a batch without touching a metric per event. */
export class OutcomeTally {
  private readonly counts = new Map<string, number>();

  add(outcome: string): void {
    this.counts.set(outcome, (this.counts.get(outcome) ?? 0) + 1);
  }

  report(stage: 'customer' | 'terminal', to: StageCounts): void {
    for (const [outcome, count] of this.counts) to.events(stage, outcome, count);
  }
}
