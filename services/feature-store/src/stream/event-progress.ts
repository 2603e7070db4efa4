/** One of this number of records is sampled. */
const SAMPLE_EVERY = 16;
/** Share of the records that may be earlier than the reached event time: late records and wrong clocks. */
const BEHIND_SHARE = 0.01;

/**
 * Progress of a partition in event time. Neither a single record far ahead nor late records change it; a replay of
 * history moves it back.
 */
export class EventProgress {
  /**
   * Event time that 99 % of the records of the last epoch have reached, ms; −Infinity before the first complete epoch.
   */
  reachedMs = Number.NEGATIVE_INFINITY;
  private readonly times: Float64Array;
  private count = 0;
  private observed = 0;

  /** @param epochRecords number of records per epoch, a multiple of 16 */
  constructor(epochRecords: number) {
    this.times = new Float64Array(Math.max(1, Math.floor(epochRecords / SAMPLE_EVERY)));
  }

  observe(atMs: number): void {
    if (this.observed++ % SAMPLE_EVERY > 0) return;
    this.times[this.count++] = atMs;
    if (this.count < this.times.length) return;
    this.count = 0;
    this.times.sort();
    this.reachedMs = this.times[Math.floor(this.times.length * BEHIND_SHARE)] as number;
  }
}
