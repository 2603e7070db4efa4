import { delay } from '@fraudflow/core';

/** Clock and sleep; tests replace them. */
export interface PacerTime {
  nowMs(): number;
  sleep(ms: number): Promise<void>;
}

export const realPacerTime: PacerTime = { nowMs: () => performance.now(), sleep: delay };

/**
 * Limits a stream to a rate: item n passes at the earliest n / rate seconds after the first. Catches up after a stall.
 */
export class Pacer {
  private startedAtMs: number | undefined;
  private passed = 0;

  /**
   * @param perSecond items a second; Infinity never waits.
   * @param tickMs minimum wait, ms: items that become due within it pass together.
   */
  constructor(
    private readonly perSecond: number,
    private readonly time: PacerTime = realPacerTime,
    private readonly tickMs = 1,
  ) {}

  /** Waits until at least one item is due. @returns the number of due items, at most `wanted` */
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
