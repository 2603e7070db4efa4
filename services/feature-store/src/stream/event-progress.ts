/** One record of this many is sampled. */
const SAMPLE_EVERY = 16;
/** Share of the records that may lie behind the event time said to be reached: stragglers and wrong clocks. */
const BEHIND_SHARE = 0.01;

/**
 * How far a partition has come in event time. A single record far ahead moves nothing, nor do stragglers; a log of
 * history that is replayed moves it back.
 */
export class EventProgress {
  /**
   * Event time that all but a hundredth of the last epoch's records have reached, ms; −Infinity before the first whole
   * epoch.
   */
  reachedMs = Number.NEGATIVE_INFINITY;
  private readonly times: Float64Array;
  private count = 0;
  private observed = 0;

  /** @param epochRecords records of an epoch, a multiple of 16 */
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
