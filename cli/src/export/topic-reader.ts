import type { BusAdmin, RawRecord } from '@fraudflow/messaging';

/** Records of one partition, and how far the reading of the whole topic has come. */
export interface ReadBatch {
  readonly partition: number;
  readonly records: readonly RawRecord[];
  /** Records read so far and to be read in all, over all partitions; holes in the log count as read. */
  readonly done: number;
  readonly total: number;
}

export type LogReader = Pick<BusAdmin, 'offsets' | 'read'>;

const READ_BYTES = 8 * 1024 * 1024;

/**
 * Reads a topic once, from its beginning to the end it has now, partition by partition, without joining a group.
 * Each partition's records come in offset order.
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

/** Where a follower stands in each partition. */
export type Position = number[];

/** Reads on from a position to the topic's present end and moves the position along. */
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

/** The position behind everything a topic holds now. */
export async function endOf(log: LogReader, topic: string): Promise<Position> {
  return (await log.offsets(topic)).map((range) => range.end);
}
