import { invalidInput } from '@fraudflow/core';

/** Doubles as base64 of their little-endian bytes: compact in JSON, and NaN survives. */
export function packNumbers(values: Float64Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}

/** @throws AppError invalid_input if the decoded length is not a multiple of 8 bytes */
export function unpackNumbers(text: string): Float64Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.byteLength % 8 !== 0)
    throw invalidInput('packed numbers are truncated: their length is not a multiple of 8 bytes');
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
