import { delay } from '@fraudflow/core';
import type { BusAdmin, OffsetRange } from '../port/bus.js';
import { DecodedRecord } from '../consumer/handling/decoded-record.js';

/** Where reading starts and ends. */
export interface ReadTopicOptions {
  /** First offset per partition number; default the start of the log. */
  readonly from?: 'beginning' | 'end' | readonly number[];
  /** `end`: stop at the end of the log at the time of the call. `aborted`: continue until the signal aborts. */
  readonly until: 'end' | 'aborted';
  readonly signal?: AbortSignal;
}

const IDLE_MS = 50;

/**
 * Reads a topic without joining a group and without committing offsets. Records are ordered within a partition only.
 * Values stay bytes: `record.value` is the raw value, null for a tombstone.
 */
export async function* readTopic(
  admin: BusAdmin,
  topic: string,
  options: ReadTopicOptions,
): AsyncGenerator<DecodedRecord<Buffer | null>> {
  const ranges = await admin.offsets(topic);
  const { until, signal } = options;
  const positions = ranges.map((range, partition) => startOf(range, partition, options.from ?? 'beginning'));
  const limits = ranges.map((range) => (until === 'end' ? range.end : Number.POSITIVE_INFINITY));
  while (!signal?.aborted) {
    let progressed = false;
    for (const [partition, position] of positions.entries()) {
      const limit = limits[partition] ?? 0;
      if (position >= limit) continue;
      const { records, nextOffset } = await admin.read({ topic, partition }, position);
      for (const raw of records) if (raw.offset < limit) yield new DecodedRecord(topic, partition, raw, raw.value);
      positions[partition] = nextOffset;
      progressed ||= nextOffset > position;
    }
    if (until === 'end' && positions.every((position, partition) => position >= (limits[partition] ?? 0))) return;
    if (!progressed) await delay(IDLE_MS, signal);
  }
}

function startOf(range: OffsetRange, partition: number, from: 'beginning' | 'end' | readonly number[]): number {
  if (from === 'end') return range.end;
  return from === 'beginning' ? range.start : Math.max(range.start, from[partition] ?? range.start);
}
