/** Event-time position of a partition. */
export interface PartitionWatermark {
  /**
   * True: records are waiting, the next at `atMs`. False: the partition has reached the end of its log, its last record
   * at `atMs`.
   */
  readonly isLagging: boolean;
  /** Event time, ms; -Infinity while unknown. */
  readonly atMs: number;
  /**
   * For a lagging partition: wall time since it last progressed, or was last ready to progress and held back, ms.
   * Default 0.
   */
  readonly stillMs?: number;
}

/** The event-time position of a partition, as its last owner published it. */
export interface PeerWatermark extends PartitionWatermark {
  /** Time since it was published, ms, by one clock for all workers. */
  readonly ageMs: number;
}

/**
 * Exchange for watermark alignment: the workers of a service publish the event-time positions of their partitions. Only
 * an aid during catch-up: positions may be old or missing, and no state depends on them.
 */
export interface WatermarkExchange {
  /**
   * Publishes our positions and returns the latest positions of all partitions, ours included.
   * @throws AppError unavailable
   */
  sync(own: ReadonlyMap<string, PartitionWatermark>): Promise<ReadonlyMap<string, PeerWatermark>>;
}
