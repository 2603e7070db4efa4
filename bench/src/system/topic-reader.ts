import type { BusAdmin, RawRecord } from '@fraudflow/messaging';

/** Records of one partition, and the progress over the whole topic. */
export interface ReadBatch {
  readonly partition: number;
  readonly records: readonly RawRecord[];
  /** Offsets read so far and in total, over all partitions; gaps of the log count as read. */
  readonly done: number;
  readonly total: number;
}

export type LogReader = Pick<BusAdmin, 'offsets' | 'read'>;

const READ_BYTES = 8 * 1024 * 1024;

/**
 * Reads a topic once, from its beginning to its present end, partition by partition, without joining a group. The
 * records of a partition are in offset order.
 */
export async function* readTopic(log: LogReader, topic: string): AsyncGenerator<ReadBatch> {
  const ranges = await log.offsets(topic);
  const total = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  let doneBefore = 0;
  for (const [partition, { start, end }] of ranges.entries()) {
    for (let offset = start; offset < end;) {
      const { records, nextOffset } = await log.read({ topic, partition }, offset, READ_BYTES);
      if (nextOffset <= offset) break;
      offset = nextOffset;
      const wanted = records.filter((record) => record.offset < end);
      yield { partition, records: wanted, done: doneBefore + Math.min(offset, end) - start, total };
    }
    doneBefore += end - start;
  }
}

/** Next offset of each partition. */
export type Position = number[];

/** Reads from a position to the topic's present end and advances the position. */
export async function* readOn(log: LogReader, topic: string, position: Position): AsyncGenerator<RawRecord> {
  for (const [partition, { start, end }] of (await log.offsets(topic)).entries()) {
    let offset = Math.max(position[partition] ?? start, start);
    while (offset < end) {
      const { records, nextOffset } = await log.read({ topic, partition }, offset, READ_BYTES);
      if (nextOffset <= offset) break;
      offset = nextOffset;
      position[partition] = offset;
      yield* records;
    }
  }
}

/** The present end of a topic. */
export async function endOf(log: LogReader, topic: string): Promise<Position> {
  return (await log.offsets(topic)).map((range) => range.end);
}
