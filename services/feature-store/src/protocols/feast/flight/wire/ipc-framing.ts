import { Buffer } from 'node:buffer';
import { arrowFlight } from '@fraudflow/contracts';
import { type RecordBatch, RecordBatchStreamWriter, type Schema, Table } from 'apache-arrow';

/**
 * Marks the start of a message in an IPC stream. Flight omits the marker and the length, because gRPC frames the
 * message.
 */
const CONTINUATION = 0xffffffff;
const PREFIX_BYTES = 8;
const ALIGNMENT_BYTES = 8;
/** Slot of `bodyLength` in the flatbuffer table Message; source: apache/arrow format/Message.fbs. */
const BODY_LENGTH_SLOT = 3;
const VTABLE_HEADER_BYTES = 4;

/** The chunks of an IPC stream for one Flight message: the framed header, then the body. */
export function ipcChunks(message: arrowFlight.FlightData): readonly Uint8Array[] {
  const header = message.dataHeader;
  const paddedLength = Math.ceil(header.length / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  const framed = Buffer.alloc(PREFIX_BYTES + paddedLength);
  framed.writeUInt32LE(CONTINUATION, 0);
  framed.writeUInt32LE(paddedLength, 4);
  header.copy(framed, PREFIX_BYTES);
  return message.dataBody.length === 0 ? [framed] : [framed, message.dataBody];
}

/** A schema as the first Flight message of a response. */
export function schemaMessages(schema: Schema): readonly arrowFlight.FlightData[] {
  return flightMessages(new RecordBatchStreamWriter().writeAll(new Table(schema)).toUint8Array(true));
}

/** A record batch as Flight messages: its dictionaries, if it has any, then the batch; without the schema. */
export function batchMessages(batch: RecordBatch): readonly arrowFlight.FlightData[] {
  return flightMessages(new RecordBatchStreamWriter().writeAll([batch]).toUint8Array(true)).slice(1);
}

/** A schema in an encapsulated message, as FlightInfo and GetSchema hold it. */
export function encapsulatedSchema(schema: Schema): Buffer {
  const [message] = schemaMessages(schema);
  return message === undefined ? Buffer.alloc(0) : Buffer.concat(ipcChunks(message));
}

/** Splits an IPC stream into its messages; the bytes are shared, not copied. */
export function flightMessages(stream: Uint8Array): readonly arrowFlight.FlightData[] {
  const bytes = Buffer.from(stream.buffer, stream.byteOffset, stream.byteLength);
  const messages: arrowFlight.FlightData[] = [];
  let at = 0;
  while (at + PREFIX_BYTES <= bytes.length) {
    const headerLength = bytes.readUInt32LE(at + 4);
    if (headerLength === 0) break;
    const bodyAt = at + PREFIX_BYTES + headerLength;
    const dataHeader = bytes.subarray(at + PREFIX_BYTES, bodyAt);
    at = bodyAt + bodyLengthOf(dataHeader);
    messages.push(arrowFlight.FlightData.fromPartial({ dataHeader, dataBody: bytes.subarray(bodyAt, at) }));
  }
  return messages;
}

function bodyLengthOf(header: Buffer): number {
  const table = header.readUInt32LE(0);
  const vtable = table - header.readInt32LE(table);
  const slotAt = VTABLE_HEADER_BYTES + BODY_LENGTH_SLOT * 2;
  const offset = slotAt < header.readUInt16LE(vtable) ? header.readUInt16LE(vtable + slotAt) : 0;
  return offset === 0 ? 0 : Number(header.readBigInt64LE(table + offset));
}
