import type { FeatureViewDefinition } from '@fraudflow/features';
import { crc32 } from 'node:zlib';
import type { FeatureValue, PushedRow } from './pushed-row.js';

/*
 * Binary layout of one row; all numbers are big-endian:
 *   u8 version | i64 event seconds | u32 event nanos | i64 created seconds | u32 created nanos | u16 number of features
 *   per feature: u16 length, name in UTF-8 | u8 type | value
 *   u32 CRC-32 of all bytes before it
 * Version and times are at fixed places at the beginning, because the script that writes rows compares them in Redis.
 * Names of features are stored, so that rows written before a view gained, lost or reordered features stay readable.
 */
export const PUSHED_ROW_VERSION = 1;
/** Bytes of version, event time and creation time. */
export const PUSHED_ROW_TIME_BYTES = 25;

const HEADER_BYTES = 27;
const CRC_BYTES = 4;
const TYPE = { missing: 0, double: 1, int64: 2, string: 3, no: 4, yes: 5 } as const;

export function encodePushedRow(view: FeatureViewDefinition, row: PushedRow): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(PUSHED_ROW_VERSION, 0);
  header.writeBigInt64BE(BigInt(row.eventAt.seconds), 1);
  header.writeUInt32BE(row.eventAt.nanos, 9);
  header.writeBigInt64BE(BigInt(row.createdAt.seconds), 13);
  header.writeUInt32BE(row.createdAt.nanos, 21);
  header.writeUInt16BE(view.features.length, 25);
  const parts = view.features.flatMap(({ name }, i) => [encodeName(name), encodeValue(row.values[i] ?? null)]);
  const body = Buffer.concat([header, ...parts]);
  const crc = Buffer.alloc(CRC_BYTES);
  crc.writeUInt32BE(crc32(body));
  return Buffer.concat([body, crc]);
}

/** @returns undefined if the bytes are damaged or of an unknown version */
export function decodePushedRow(view: FeatureViewDefinition, entityKey: string, bytes: Buffer): PushedRow | undefined {
  const end = bytes.length - CRC_BYTES;
  if (end < HEADER_BYTES || bytes.readUInt8(0) !== PUSHED_ROW_VERSION) return undefined;
  if (bytes.readUInt32BE(end) !== crc32(bytes.subarray(0, end))) return undefined;
  const values: FeatureValue[] = view.features.map(() => null);
  const cursor = { at: HEADER_BYTES };
  for (let left = bytes.readUInt16BE(25); left > 0; left--) {
    const name = readText(bytes, cursor, bytes.readUInt16BE(cursor.at), 2);
    const value = readValue(bytes, cursor);
    const index = view.features.findIndex((feature) => feature.name === name);
    if (index >= 0) values[index] = value;
  }
  return {
    entityKey,
    eventAt: { seconds: Number(bytes.readBigInt64BE(1)), nanos: bytes.readUInt32BE(9) },
    createdAt: { seconds: Number(bytes.readBigInt64BE(13)), nanos: bytes.readUInt32BE(21) },
    values,
  };
}

interface Cursor {
  at: number;
}

function encodeName(name: string): Buffer {
  const text = Buffer.from(name);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(text.length);
  return Buffer.concat([length, text]);
}

function encodeValue(value: FeatureValue): Buffer {
  if (value === null) return Buffer.of(TYPE.missing);
  if (typeof value === 'boolean') return Buffer.of(value ? TYPE.yes : TYPE.no);
  if (typeof value === 'string') {
    const text = Buffer.from(value);
    const head = Buffer.alloc(5);
    head.writeUInt8(TYPE.string, 0);
    head.writeUInt32BE(text.length, 1);
    return Buffer.concat([head, text]);
  }
  const bytes = Buffer.alloc(9);
  bytes.writeUInt8(typeof value === 'bigint' ? TYPE.int64 : TYPE.double, 0);
  if (typeof value === 'bigint') bytes.writeBigInt64BE(value, 1);
  else bytes.writeDoubleBE(value, 1);
  return bytes;
}

function readValue(bytes: Buffer, cursor: Cursor): FeatureValue {
  const type = bytes.readUInt8(cursor.at++);
  if (type === TYPE.string) return readText(bytes, cursor, bytes.readUInt32BE(cursor.at), 4);
  if (type === TYPE.missing) return null;
  if (type === TYPE.no || type === TYPE.yes) return type === TYPE.yes;
  const value = type === TYPE.int64 ? bytes.readBigInt64BE(cursor.at) : bytes.readDoubleBE(cursor.at);
  cursor.at += 8;
  return value;
}

function readText(bytes: Buffer, cursor: Cursor, length: number, lengthBytes: number): string {
  const from = cursor.at + lengthBytes;
  cursor.at = from + length;
  return bytes.toString('utf8', from, cursor.at);
}
