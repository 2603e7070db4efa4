import { invalidInput } from '@fraudflow/core';

/** Doubles as base64 of their little-endian bytes: compact in JSON, and NaN survives. */
export function packNumbers(values: Float64Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}

/** @throws AppError invalid_input when the text does not hold whole doubles. */
export function unpackNumbers(text: string): Float64Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.byteLength % 8 !== 0) throw invalidInput('packed numbers are cut off');
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
