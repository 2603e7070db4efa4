import * as zlib from 'node:zlib';
import { Decompress } from 'fzstd';
import { AppError, asError } from '@fraudflow/core';
import { lz4Decompress } from './lz4.js';
import { snappyDecompress } from './snappy.js';

/** Upper bound of the unpacked bytes of a record batch. Clients limit a batch before compression, usually to 1 MiB. */
export const MAX_UNPACKED_BYTES = 64 * 1024 * 1024;

type Decompressor = (bytes: Uint8Array, maxBytes: number) => Buffer;

/** By the codec number in a batch's attributes. Source: https://kafka.apache.org/documentation/#recordbatch. */
const CODECS: readonly { readonly name: string; readonly decompress: Decompressor }[] = [
  { name: 'none', decompress: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) },
  { name: 'gzip', decompress: (bytes, maxOutputLength) => zlib.gunzipSync(bytes, { maxOutputLength }) },
  { name: 'snappy', decompress: snappyDecompress },
  { name: 'lz4', decompress: lz4Decompress },
  { name: 'zstd', decompress: nativeZstd() ?? zstdDecompress },
];

/**
 * Unpacks a record batch's body.
 * @throws AppError failed_precondition: BATCH_TOO_LARGE if it unpacks to more than `maxBytes`, RECORDS_UNREADABLE if
 * the codec is unknown or the bytes are damaged
 */
export function decompress(body: Buffer, codec: number, maxBytes = MAX_UNPACKED_BYTES): Buffer {
  const found = CODECS[codec];
  if (found === undefined) throw unreadable(`compression codec ${codec}, which is not supported`);
  try {
    return found.decompress(body, maxBytes);
  } catch (thrown) {
    const { code, message } = asError(thrown) as Error & { code?: string };
    if (code === 'ERR_BUFFER_TOO_LARGE' || message.includes('more than')) {
      const text = `a ${found.name} batch of ${body.length} bytes unpacks to more than ${maxBytes} bytes`;
      throw new AppError('failed_precondition', text, { code: 'BATCH_TOO_LARGE', cause: thrown });
    }
    throw unreadable(`damaged ${found.name} data: ${message}`, thrown);
  }
}

/** AppError failed_precondition RECORDS_UNREADABLE. */
export function unreadable(what: string, cause?: unknown): AppError {
  return new AppError('failed_precondition', `the log holds unreadable records: ${what}`, {
    code: 'RECORDS_UNREADABLE',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The zstd decoder of Node's zlib, available from Node 22.15 on. */
function nativeZstd(): Decompressor | undefined {
  const { zstdDecompressSync } = zlib as {
    zstdDecompressSync?: (bytes: Uint8Array, options: { maxOutputLength: number }) => Buffer;
  };
  return zstdDecompressSync && ((bytes, maxOutputLength) => zstdDecompressSync(bytes, { maxOutputLength }));
}

/** A zstd decoder in JavaScript, for Node 22.12 to 22.14. */
export function zstdDecompress(bytes: Uint8Array, maxBytes: number): Buffer {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const stream = new Decompress((chunk) => {
    length += chunk.length;
    if (length > maxBytes) throw new RangeError(`more than ${maxBytes} bytes`);
    chunks.push(chunk.slice());
  });
  stream.push(bytes, true);
  return Buffer.concat(chunks);
}
