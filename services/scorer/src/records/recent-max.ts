import type { Clock } from '@fraudflow/core';

/** Maximum of the values added in the last one to two periods, so an outlier expires. 0 if there are none. */
export class RecentMax {
  private current = 0;
  private former = 0;
  private startedAtMs: number;

  constructor(
    private readonly clock: Clock,
    private readonly periodMs: number,
  ) {
    this.startedAtMs = clock.nowMs();
  }

  add(value: number): void {
    this.turn();
    if (value > this.current) this.current = value;
  }

  get value(): number {
    this.turn();
    return Math.max(this.current, this.former);
  }

  private turn(): void {
    const periods = Math.floor((this.clock.nowMs() - this.startedAtMs) / this.periodMs);
    if (periods < 1) return;
    this.former = periods === 1 ? this.current : 0;
    this.current = 0;
    this.startedAtMs += periods * this.periodMs;
  }
}
