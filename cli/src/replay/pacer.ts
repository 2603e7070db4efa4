import { delay } from '@fraudflow/core';

/** Wall clock and sleep, so that a test decides how time passes. */
export interface PacerTime {
  nowMs(): number;
  sleep(ms: number): Promise<void>;
}

export const realPacerTime: PacerTime = { nowMs: () => performance.now(), sleep: delay };

/**
 * Holds a stream to a rate: lets the n-th item through no earlier than n / rate seconds after the first. Catches up
 * after a stall.
 */
export class Pacer {
  private startedAtMs: number | undefined;
  private passed = 0;

  /**
   * @param perSecond items a second; Infinity never waits.
   * @param tickMs least wait, ms: items that fall due within it go together.
   */
  constructor(
    private readonly perSecond: number,
    private readonly time: PacerTime = realPacerTime,
    private readonly tickMs = 1,
  ) {}

  /** How many items may go at once, at most `wanted`; waits until it is at least one. */
  async take(wanted: number): Promise<number> {
    if (this.perSecond === Infinity) return wanted;
    this.startedAtMs ??= this.time.nowMs();
    for (;;) {
      const due = Math.floor(((this.time.nowMs() - this.startedAtMs) * this.perSecond) / 1_000) + 1 - this.passed;
      if (due >= 1) {
        const taken = Math.min(due, wanted);
        this.passed += taken;
        return taken;
      }
      await this.time.sleep(Math.max(this.tickMs, Math.min(50, 1_000 / this.perSecond)));
    }
  }
}
