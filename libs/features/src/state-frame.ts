import { crc32 } from 'node:zlib';
import { AppError, asError } from '@fraudflow/core';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import type { StateEntity } from './state-keys.js';

/** Raised with every change of the layout below; a reader refuses versions it does not know. */
export const STATE_VERSION = 1;

const KIND: Readonly<Record<StateEntity, number>> = { customer: 0xc1, terminal: 0xd1 };
const HEADER_BYTES = 2;
const CRC_BYTES = 4;
const scratch = new ByteWriter();

/** kind (1 byte), layout version (1), body, CRC-32 of all before it (4, little-endian). */
export function writeFrame(kind: StateEntity, writeBody: (writer: ByteWriter) => void): Uint8Array {
  scratch.reset();
  scratch.u8(KIND[kind]);
  scratch.u8(STATE_VERSION);
  writeBody(scratch);
  scratch.u32(crc32(scratch.written));
  return scratch.toBytes();
}

/** Reads a frame. @throws AppError failed_precondition `STATE_CORRUPT` for a wrong kind, version, checksum or length. */
export function readFrame<T>(kind: StateEntity, bytes: Uint8Array, readBody: (reader: ByteReader) => T): T {
  if (bytes.length < HEADER_BYTES + CRC_BYTES) throw corrupt(kind, `${bytes.length} bytes are too few`);
  const body = bytes.subarray(0, bytes.length - CRC_BYTES);
  const expected = new ByteReader(bytes.subarray(bytes.length - CRC_BYTES)).u32();
  if (crc32(body) !== expected) throw corrupt(kind, 'checksum does not match');
  if (body[0] !== KIND[kind]) throw corrupt(kind, `kind byte is ${body[0]}`);
  if (body[1] !== STATE_VERSION) throw corrupt(kind, `layout version ${body[1]} is unknown, expected ${STATE_VERSION}`);
  const reader = new ByteReader(body.subarray(HEADER_BYTES));
  const value = guarded(kind, () => readBody(reader));
  if (!reader.isAtEnd) throw corrupt(kind, 'bytes are left over');
  return value;
}

function guarded<T>(kind: StateEntity, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    throw corrupt(kind, asError(thrown).message, thrown);
  }
}

function corrupt(kind: StateEntity, why: string, cause?: unknown): AppError {
  return new AppError('failed_precondition', `${kind} state is corrupt: ${why}`, { code: 'STATE_CORRUPT', cause });
}
