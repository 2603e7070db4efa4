import { expect, test } from 'vitest';
import { crc32c } from './crc32c.js';

// RFC 3720 appendix B.4.
test.each([
  ['32 bytes of zeros', Buffer.alloc(32), 0x8a9136aa],
  ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
  ['32 bytes rising', Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
  ['nothing', Buffer.alloc(0), 0],
])('gives the published checksum of %s', (_name, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected);
});

test('all lengths and alignments agree with the bitwise definition', () => {
  const memory = Buffer.from(Array.from({ length: 96 }, (_, i) => (i * 131 + 7) & 0xff));
  for (let from = 0; from < 8; from++) {
    for (let length = 0; length <= 64; length++) {
      const bytes = memory.subarray(from, from + length);
      expect(crc32c(bytes)).toBe(bitwise(bytes));
    }
  }
});

function bitwise(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}
