import { DAY_MS } from '@fraudflow/core';
import type { BusAdmin, OffsetRange } from '../port/bus.js';
import type { RawRecord, TopicPartition } from '../port/record.js';

/** Number of offsets at the end of a log whose records determine its newest event time. */
const END_WINDOW = 512;
const PROBE_BYTES = 4_096;

export interface RebuildReach {
  /** Maximum age of a record that still counts, relative to the newest event time and to its own append time, ms. */
  readonly reachMs: number;
  /** Event time of a record, ms. Throws for an unreadable one. */
  readonly eventTimeOf: (record: RawRecord) => number;
}

/**
 * Finds the offset from which all records that count are read: the first offset appended at or after the event time of
 * the log's end minus the reach. No event time is later than its append time by more than the reach allows, so records
 * appended earlier are too old. A log of imported history was appended long after its event times and is read from its
 * start. The end's event time is the earliest one of the last records, so a single record far ahead has no effect.
 * @throws errors of the log
 */
export async function rebuildStart(
  admin: BusAdmin,
  target: TopicPartition,
  range: OffsetRange,
  reach: RebuildReach,
): Promise<number> {
  const end = await timesAtEnd(admin, target, range, reach.eventTimeOf);
  // Append times of a clock that is far behind do not bound event times.
  if (end === undefined || end.appendedAtMs < end.eventAtMs - DAY_MS) return range.start;
  const neededMs = end.eventAtMs - reach.reachMs;
  let low = range.start;
  let high = range.end;
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2);
    const { records } = await admin.read(target, middle, PROBE_BYTES);
    const first = records[0];
    if (first === undefined || first.appendedAtMs >= neededMs) high = middle;
    else low = Math.min(first.offset, high - 1) + 1;
  }
  return low;
}

interface EndTimes {
  /** The earliest event time and the latest append time of the last records. */
  readonly eventAtMs: number;
  readonly appendedAtMs: number;
}

/** Undefined if no record at the end can be read. */
async function timesAtEnd(
  admin: BusAdmin,
  target: TopicPartition,
  range: OffsetRange,
  eventTimeOf: RebuildReach['eventTimeOf'],
): Promise<EndTimes | undefined> {
  let appendedAtMs = Number.NEGATIVE_INFINITY;
  let earliest = Number.POSITIVE_INFINITY;
  for (let at = Math.max(range.start, range.end - END_WINDOW); at < range.end;) {
    const { records, nextOffset } = await admin.read(target, at);
    for (const record of records) {
      earliest = Math.min(earliest, eventTimeOrNever(record, eventTimeOf));
      appendedAtMs = Math.max(appendedAtMs, record.appendedAtMs);
    }
    if (nextOffset <= at) break;
    at = nextOffset;
  }
  return Number.isFinite(earliest) ? { eventAtMs: earliest, appendedAtMs } : undefined;
}

function eventTimeOrNever(record: RawRecord, eventTimeOf: RebuildReach['eventTimeOf']): number {
  try {
    const atMs = eventTimeOf(record);
    return Number.isNaN(atMs) ? Number.POSITIVE_INFINITY : atMs;
  } catch {
    // A bad record has no event time; the stage dead-letters it when it reads it.
    return Number.POSITIVE_INFINITY;
  }
}
