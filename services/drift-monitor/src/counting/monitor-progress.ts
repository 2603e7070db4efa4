/** Progress of event time. All values are ms since the epoch, -Infinity before the first row. */
export interface MonitorTimes {
  /** Watermark over all partitions. */
  readonly watermarkMs: number;
  /** Newest accepted event time, see `Watermark`. */
  readonly newestMs: number;
  /** End of the newest closed window. */
  readonly closedUpToMs: number;
}

/** Rows that are too far ahead of the stream to advance event time. */
export interface AheadRows {
  /** Number of such rows so far. */
  readonly rows: number;
  /** Greatest event time of these rows, ms since the epoch; -Infinity if there were none. */
  readonly newestMs: number;
  /** Current majority of rows ahead over other rows; event time jumps when it reaches `jumpRows`. */
  readonly votes: number;
  /** Number of jumps so far. */
  readonly jumps: number;
}
