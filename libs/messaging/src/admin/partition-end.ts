import { sourceOf, type RecordSource } from '../consumer/handling/decoded-record.js';
import type { BusAdmin } from '../port/bus.js';
import { partitionName, type TopicPartition, withoutIncarnation } from '../port/record.js';

const FIRST_WINDOW = 64;
const WINDOW_GROWTH = 8;

/**
 * The source of the newest record in a partition that was computed from `input`, in any incarnation of the input's
 * topic: the progress of a co-partitioned stage. Undefined if there is none. Reads backwards in growing windows,
 * because the end of a log may consist of control records only.
 */
export async function readPartitionEnd(
  admin: BusAdmin,
  target: TopicPartition,
  input: TopicPartition,
): Promise<RecordSource | undefined> {
  const range = await admin.offsetRange(target);
  let until = range.end;
  for (let window = FIRST_WINDOW; until > range.start; window *= WINDOW_GROWTH) {
    const from = Math.max(range.start, until - window);
    const found = await newestIn(admin, target, { from, until }, partitionName(input));
    if (found) return found;
    until = from;
  }
  return undefined;
}

async function newestIn(
  admin: BusAdmin,
  target: TopicPartition,
  window: { from: number; until: number },
  input: string,
): Promise<RecordSource | undefined> {
  let newest: RecordSource | undefined;
  for (let position = window.from; position < window.until;) {
    const { records, nextOffset } = await admin.read(target, position);
    for (const record of records) {
      const source = record.offset < window.until ? sourceOf(record) : undefined;
      if (source !== undefined && withoutIncarnation(source.partition) === input) newest = source;
    }
    if (nextOffset === position) break;
    position = nextOffset;
  }
  return newest;
}
