import { describe, expect, test } from 'vitest';
import { bytesPerPartition } from './fetch-share.js';

const KIB = 1024;

describe('bytes of a fetch', () => {
  test.each([
    [1, 192],
    [4, 192],
    [12, 64],
    [1_000, 16],
  ])('a member of %d partitions requests %d KiB of each', (partitions, expected) => {
    expect(bytesPerPartition({ maxBytesPerPartition: 192 * KIB }, partitions)).toBe(expected * KIB);
  });

  test('the limit of a whole fetch can be set', () => {
    expect(bytesPerPartition({ maxBytesPerPartition: 192 * KIB, maxBytes: 200 * KIB }, 4)).toBe(50 * KIB);
  });
});
