/** How far event time has come. */
export interface MonitorTimes {
  /** Over all partitions. */
  readonly watermarkMs: number;
  /** Of the newest row that counts, see `Watermark`. */
  readonly newestMs: number;
  /** End of the newest closed window. */
  readonly closedUpToMs: number;
}

/** Rows too far ahead of the stream to move event time. */
export interface AheadRows {
  /** So far. */
  readonly rows: number;
  /** Greatest event time among them, ms since the epoch; -Infinity if there were none. */
  readonly newestMs: number;
  /** By how many rows those ahead outnumber the others at present; event time jumps at `jumpRows`. */
  readonly votes: number;
  /** Jumps made so far. */
  readonly jumps: number;
}
