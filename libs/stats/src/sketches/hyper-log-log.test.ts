import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HyperLogLog } from './hyper-log-log.js';
import { KeyHash } from './key-hash.js';

function sketchOf(keys: Iterable<string>, precision = 12): HyperLogLog {
  const hash = new KeyHash();
  const sketch = new HyperLogLog(precision);
  for (const key of keys) sketch.add(hash.of(key));
  return sketch;
}

function* numbered(prefix: string, count: number): Generator<string> {
  for (let i = 0; i < count; i++) yield `${prefix}${i}`;
}

test('an empty sketch estimates 0, and one key estimates 1', () => {
  expect(new HyperLogLog(14).estimate()).toBe(0);
  expect(sketchOf(['c1', 'c1', 'c1']).estimate()).toBeCloseTo(1, 2);
});

test('the estimate is within four standard errors from tens to a million keys', () => {
  for (const count of [10, 100, 1_000, 10_000, 50_000, 1_000_000]) {
    const sketch = sketchOf(numbered('terminal-', count), 14);

    expect(Math.abs(sketch.estimate() / count - 1)).toBeLessThan(4 * sketch.standardError);
  }
});

test('the error over many streams is the stated one, without bias', () => {
  const errors = Array.from({ length: 200 }, (_, i) => sketchOf(numbered(`${i}:`, 3_000), 10).estimate() / 3_000 - 1);
  const bias = errors.reduce((sum, error) => sum + error, 0) / errors.length;
  const spread = Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length);
  const { standardError } = new HyperLogLog(10);

  expect(spread).toBeLessThan(1.2 * standardError);
  expect(spread).toBeGreaterThan(0.6 * standardError);
  expect(Math.abs(bias)).toBeLessThan((4 * standardError) / Math.sqrt(errors.length));
});

test('repeats and order do not change the sketch, and a merge equals the sketch of both streams', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.array(fc.string()), (left, right) => {
      const merged = sketchOf(left, 6);
      merged.merge(sketchOf(right, 6));

      expect(merged.toBytes()).toEqual(sketchOf([...right, ...left, ...right].reverse(), 6).toBytes());
    }),
  );
});

test('a sketch is restored from its bytes; other bytes and sizes are refused', () => {
  const sketch = sketchOf(numbered('c', 500));

  expect(HyperLogLog.fromBytes(sketch.toBytes()).estimate()).toBe(sketch.estimate());
  expect(() => HyperLogLog.fromBytes(new Uint8Array(16).fill(200))).toThrow(/not registers of a HyperLogLog/);
  expect(() => HyperLogLog.fromBytes(new Uint8Array(17))).toThrow(/precision/);
  expect(() => new HyperLogLog(3)).toThrow(/4 to 18/);
  expect(() => sketch.merge(new HyperLogLog(13))).toThrow(/precision/);
});

test('a million similar keys have a million different hashes', () => {
  const hash = new KeyHash();
  const seen = new Set<number>();
  for (const key of numbered('', 1_000_000)) {
    hash.of(key);
    seen.add((hash.high >>> 0) * 2 ** 21 + (hash.low >>> 11));
  }

  expect(seen.size).toBe(1_000_000);
});
