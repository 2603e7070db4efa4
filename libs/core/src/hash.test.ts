import { expect, test } from 'vitest';
import { fnv1a64, murmur2, partitionOf } from './hash.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('murmur2 equals the Java client for the vectors of the Java unit test', () => {
  expect(murmur2(bytes('21'))).toBe(-973932308);
  expect(murmur2(bytes('foobar'))).toBe(-790332482);
  expect(murmur2(bytes('a-little-bit-long-string'))).toBe(-985981536);
  expect(murmur2(bytes('a-little-bit-longer-string'))).toBe(-1486304829);
  expect(murmur2(bytes('lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8'))).toBe(-58897971);
  expect(murmur2(bytes('abc'))).toBe(479470107);
});

test('a partition is never negative and stays below the count', () => {
  const partitions = Array.from({ length: 500 }, (_, i) => partitionOf(`customer-${i}`, 12));

  expect(Math.min(...partitions)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...partitions)).toBeLessThan(12);
});

test('fnv1a64 equals the published vectors', () => {
  expect(fnv1a64('')).toBe(0xcbf29ce484222325n);
  expect(fnv1a64('a')).toBe(0xaf63dc4c8601ec8cn);
  expect(fnv1a64('foobar')).toBe(0x85944171f73967e8n);
});
