import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { decompress, zstdDecompress } from './compression.js';

/**
 * The same 8,100 bytes (40 short JSON values, 700 pseudo-random bytes, 5,000 equal bytes), compressed by cramjam 2.x
 * (Rust).
 */
const SHA256 = '51a995a1c50c89c56c76c8b2900ddc66bcac19976cebb83f388d0b2759041755';
const LENGTH = 8_100;
const PACKED = {
  snappy:
    'pD/wPHsidHJhbnNhY3Rpb25faWQiOiJ0MSIsImFtb3VudF9taW5vciI6MTI1MCwiY3VycmVuY3kiOiJFVVIifXv+PAD+PAD+PAD+PAD+PAD+PAD+PAD+PAD+PAD+PAD+PA' +
    'D+PAD+PAD+PAD+PAD+PAD+PAD+PAD+PAD+PAD+PAD+PAD+PAD+PAD+PAD+PAD+PAD+PAD+PAD+PAD+PAD+PAD+PAD+PAD+PAD+PACKPABAAN27mXdVMxHvzKqIZkQiAN4N' +
    'DwDNDQ8AvAkeBM2rCR4EvJoFLQjNq4kFLQi8mngBPAzNq4lnATwUvJp4VjMRBQ8IRSIABQ8ANA0PACMNDwASCR4EIwEJHgQS8AE8DEUjAd8BPBQ0EvDOq4kFDwi9mngFDw' +
    'CsDQ8Amw0PAIoJHgSbeQkeBIpoATwMvZt5VwE8FKyKaEYjAQUPCDUS8AUPACQNDwATDQ8AAgkeBBPxCR4EAuABPAw1E/HPATwUJALgvpt5BQ8IrYpoBQ8AnA0PAIsNDwB6' +
    'CR4Ei2kJHgR6WAE8DK2LaUcBPBScelg2E/EFDwglAuAFDwAUDQ8AAw0PAPIJHgQD4QkeBPLQATwMJQPhvwE8FBTy0K6LaQUPCJ16WAUPAIwNDwB7DQ8AagkeBHtZCR4Eak' +
    'gBPAyde1k3ATwUjGpIJgPhBQ8IFfLQBQ8ABA0PAPMNDwDiCR4E89EJHgTiwAE8DBXz0a8BPBQE4sCee1kFDwiNakgFDwB8DQ8Aaw0PAFoJHgRrSQkeBFo4ATwMjWtJJwE8' +
    'FHxaOBbz0QUPCAXiwAUPAPQNDwDjDQ8A0gkeBOPBCR4E0rABPAwF48GfATwU9NKwjmtJBQ8IfVo4BQ8AbA0PAFsNDwBKCR4UWzkW9NJ4/gEA/gEA/gEA/gEA/gEA/gEA/g' +
    'EA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA' +
    '/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/gEA/g' +
    'EA/gEA/gEA/gEA/gEA/gEA/gEADQE=',
  lz4:
    'BCJNGFRArtEBAAD/LXsidHJhbnNhY3Rpb25faWQiOiJ0MSIsImFtb3VudF9taW5vciI6MTI1MCwiY3VycmVuY3kiOiJFVVIifTwA////////////GvMCAN27mXdVMxHvzK' +
    'qIZkQiAN4PABPNDwATvA8AE6sPABOaDwATiQ8AE3gPABNnDwATVg8AE0UPABM0DwATIw8AExIPABMBDwAT8A8AE98PABPODwATvQ8AE6wPABObDwATig8AE3kPABNoDwAT' +
    'Vw8AE0YPABM1DwATJA8AExMPABMCDwAT8Q8AE+APABPPDwATvg8AE60PABOcDwATiw8AE3oPABNpDwATWA8AE0cPABM2DwATJQ8AExQPABMDDwAT8g8AE+EPABPQDwATvw' +
    '8AE64PABOdDwATjA8AE3sPABNqDwATWQ8AE0gPABM3DwATJg8AExUPABMEDwAT8w8AE+IPABPRDwATwA8AE68PABOeDwATjQ8AE3wPABNrDwATWg8AE0kPABM4DwATJw8A' +
    'ExYPABMFDwAT9A8AE+MPABPSDwATwQ8AE7APABOfDwATjg8AE30PABNsDwATWw8AE0oPAF85FvTSeAEA/////////////////////////4JQeHh4eHga9/xBAAAAAI62Eq' +
    'o=',
  zstd:
    'KLUv/WCkHk0GAGQKeyJ0cmFuc2FjdGlvbl9pZCI6InQxIiwiYW1vdW50X21pbm9yIjoxMjUwLCJjdXJyZW5jeSI6IkVVUiJ9AN27mXdVMxHvzKqIZkQiAN7NvKuaiXhnVk' +
    'U0IxIB8N/OvaybinloV0Y1JBMC8eDPvq2ci3ppWEc2JRQD8uHQv66djHtqWUg3JhUE8+LRwK+ejXxrWkk4JxYF9OPSwbCfjn1sW0o5FvTSeFeoEeBL+7Fn4IXhEph+////' +
    'uwGEw4AIIZIiCZVD8mmpCg==',
};
const SNAPPY = 2;
const LZ4 = 3;
const ZSTD = 4;
const CASES = [
  ['snappy', SNAPPY, Buffer.from(PACKED.snappy, 'base64')],
  ['snappy framed as by Java', SNAPPY, xerial([Buffer.from(PACKED.snappy, 'base64')])],
  ['lz4', LZ4, Buffer.from(PACKED.lz4, 'base64')],
  ['zstd', ZSTD, Buffer.from(PACKED.zstd, 'base64')],
] as const;

function xerial(blocks: readonly Buffer[]): Buffer {
  const header = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  const framed = blocks.flatMap((block) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    return [length, block];
  });
  return Buffer.concat([header, ...framed]);
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

test.each(CASES)('unpacks %s', (_name, codec, bytes) => {
  expect(sha256(decompress(bytes, codec))).toBe(SHA256);
});

test('unpacks several consecutive snappy blocks and lz4 frames', () => {
  const block = Buffer.from(PACKED.snappy, 'base64');
  const frame = Buffer.from(PACKED.lz4, 'base64');

  expect(decompress(xerial([block, block]), SNAPPY)).toHaveLength(2 * LENGTH);
  expect(decompress(Buffer.concat([frame, frame]), LZ4)).toHaveLength(2 * LENGTH);
});

test('unpacks zstd without native support in Node', () => {
  expect(sha256(zstdDecompress(Buffer.from(PACKED.zstd, 'base64'), LENGTH))).toBe(SHA256);
  expect(() => zstdDecompress(Buffer.from(PACKED.zstd, 'base64'), LENGTH - 1)).toThrow('more than');
});

test.each([...CASES, ['gzip', 1, gzipSync(Buffer.alloc(LENGTH))] as const])(
  'refuses to unpack %s to more than the limit',
  (_name, codec, bytes) => {
    expect(() => decompress(bytes, codec, LENGTH - 1)).toThrow(expect.objectContaining({ code: 'BATCH_TOO_LARGE' }));
    expect(decompress(bytes, codec, LENGTH)).toHaveLength(LENGTH);
  },
);

test.each(CASES)('damaged %s results in bytes or in an error with the right code', (_name, codec, bytes) => {
  let state = 11;
  const random = (below: number): number => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) % below;
  for (let round = 0; round < 500; round++) {
    const damaged = Buffer.from(bytes.subarray(0, round % 3 === 0 ? random(bytes.length) : bytes.length));
    if (damaged.length > 0) damaged[random(damaged.length)] = random(256);
    try {
      expect(decompress(damaged, codec, 1 << 20).length).toBeLessThanOrEqual(1 << 20);
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: expect.stringMatching(/^(RECORDS_UNREADABLE|BATCH_TOO_LARGE)$/) });
    }
  }
});
