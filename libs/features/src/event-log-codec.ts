import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import { EventLog } from './event-log.js';

const ID_BYTES = 8;

/** Writes count, times, ids and, if asked, values of a log. Codes are derived data and never written. */
export function writeEventLog(writer: ByteWriter, log: EventLog, withValues: boolean): void {
  const { first, length } = log;
  writer.u32(length);
  writer.column(length, (i) => log.timeAt(first + i));
  for (let seq = first; seq < log.end; seq++) {
    writer.u32(log.hiAt(seq));
    writer.u32(log.loAt(seq));
  }
  if (withValues) writer.column(length, (i) => log.valueAt(first + i));
}

/** The inverse of `writeEventLog`; sequence numbers start at 0, values that were not written are 0. */
export function readEventLog(reader: ByteReader, withValues: boolean): EventLog {
  const length = reader.count(ID_BYTES);
  const log = new EventLog(length + 1);
  const times = new Float64Array(length);
  reader.column(length, (i, time) => {
    times[i] = time;
  });
  for (const time of times) log.insert(log.end, { hi: reader.u32(), lo: reader.u32() }, time, 0);
  if (withValues) reader.column(length, (i, value) => log.setValue(i, value));
  return log;
}
