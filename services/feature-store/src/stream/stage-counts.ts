/** Receives counts of a stage's outcomes, for metrics. */
export interface StageCounts {
  events(stage: 'customer' | 'terminal', outcome: string, count: number): void;
  /** Entities evicted from memory; they are read again when needed. */
  evicted(stage: 'customer' | 'terminal', count: number): void;
  /** Entities whose expired states were removed; no later event can use them. */
  expired(stage: 'customer' | 'terminal', count: number): void;
}

/** Counts outcomes of a batch, so that metrics are updated once per batch. */
export class OutcomeTally {
  private readonly counts = new Map<string, number>();

  add(outcome: string): void {
    this.counts.set(outcome, (this.counts.get(outcome) ?? 0) + 1);
  }

  report(stage: 'customer' | 'terminal', to: StageCounts): void {
    for (const [outcome, count] of this.counts) to.events(stage, outcome, count);
  }
}
