import { createHash } from 'node:crypto';
import { endianness } from 'node:os';
import { assert } from '@fraudflow/core';

const CANONICAL_NAN = 0x7fc00000;

/**
 * SHA-256 of a float32 matrix as little-endian bytes. Every NaN counts as 0x7fc00000 and -0 as 0, so that equal values
 * have equal digests.
 * @returns 64 hexadecimal digits
 */
export function matrixSha256(values: Float32Array): string {
  assert(endianness() === 'LE', 'the digest is defined for little-endian bytes');
  // Adding 0 turns -0 into 0.
  const canonical = values.map((value) => value + 0);
  const bits = new Uint32Array(canonical.buffer);
  canonical.forEach((value, at) => {
    if (Number.isNaN(value)) bits[at] = CANONICAL_NAN;
  });
  return createHash('sha256').update(bits).digest('hex');
}
