import type { BusAdmin } from '../port/bus.js';
import type { TopicPartition } from '../port/record.js';

/** Lag of a consumer group in one partition. */
export interface PartitionLag extends TopicPartition {
  /** Records between the group's committed offset (or the log's start) and the end. */
  readonly lag: number;
  readonly end: number;
  readonly committed: number | undefined;
}

/**
 * Measures the lag of a group by its committed offsets. A stage commits its offsets as a hint, at most half a second
 * late.
 */
export async function measureLag(admin: BusAdmin, groupId: string, topic: string): Promise<readonly PartitionLag[]> {
  const [ranges, committed] = await Promise.all([admin.offsets(topic), admin.committed(groupId, topic)]);
  return ranges.map(({ start, end }, partition) => ({
    topic,
    partition,
    end,
    committed: committed[partition],
    lag: end - Math.max(start, committed[partition] ?? start),
  }));
}
