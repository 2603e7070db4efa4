import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import type { EventLog } from './event-log.js';
import { LABEL_CODES, type LabelCode } from './label-code.js';
import { LabelLog } from './label-log.js';

const MIN_ENTRY_BYTES = 3;
/** Written with a code to say that the entry is parked. */
const PARKED_BIT = 0x10;

/**
 * Writes the labels of a compacted log: count, availability, codes; then where each joined one's transaction lies in the
 * ring (0 for a parked one); then id and time for each parked one.
 */
export function writeLabelLog(writer: ByteWriter, labels: LabelLog, ring: EventLog): void {
  const { first, end } = labels;
  writer.u32(end - first);
  writer.column(end - first, (i) => labels.labelledAt(first + i));
  for (let entry = first; entry < end; entry++) {
    writer.u8(labels.codeAt(entry) | (labels.isParked(entry) ? PARKED_BIT : 0));
  }
  const placeOf = (entry: number): number => (labels.isParked(entry) ? 0 : labels.transactionOf(entry) - ring.first);
  writer.column(end - first, (i) => placeOf(first + i));
  for (let entry = first; entry < end; entry++) if (labels.isParked(entry)) writeAwaited(writer, labels, entry);
}

/** The inverse of `writeLabelLog`, for a ring just read. Throws RangeError for codes and places that cannot be. */
export function readLabelLog(reader: ByteReader, ring: EventLog): LabelLog {
  const count = reader.count(MIN_ENTRY_BYTES);
  const labels = new LabelLog(count + 1);
  const labelledAt = new Float64Array(count);
  const places = new Float64Array(count);
  reader.column(count, (i, value) => {
    labelledAt[i] = value;
  });
  const codes = Uint8Array.from({ length: count }, () => reader.u8());
  reader.column(count, (i, value) => {
    places[i] = value;
  });
  codes.forEach((coded, i) => {
    const code = checkedCode(coded & ~PARKED_BIT);
    if ((coded & PARKED_BIT) !== 0) labels.addParked(readAwaited(reader), labelledAt[i] as number, code);
    else labels.addJoined(checkedPlace(places[i] as number, ring), labelledAt[i] as number, code);
  });
  return labels;
}

function writeAwaited(writer: ByteWriter, labels: LabelLog, entry: number): void {
  const { id, occurredAtMs } = labels.awaited(entry);
  writer.u32(id.hi);
  writer.u32(id.lo);
  writer.f64(occurredAtMs);
}

function readAwaited(reader: ByteReader): { id: { hi: number; lo: number }; occurredAtMs: number } {
  const id = { hi: reader.u32(), lo: reader.u32() };
  return { id, occurredAtMs: reader.f64() };
}

function checkedCode(code: number): LabelCode {
  if (code < 1 || code > LABEL_CODES) throw new RangeError(`label code ${code}`);
  return code;
}

function checkedPlace(place: number, ring: EventLog): number {
  if (place >= ring.length) throw new RangeError(`label of transaction ${place} of ${ring.length}`);
  return ring.first + place;
}
