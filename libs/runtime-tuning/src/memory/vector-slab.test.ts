import { expect, test } from 'vitest';
import { VectorSlab } from './vector-slab.js';

test('vectors have the initial value and do not overlap', () => {
  const slab = new VectorSlab(4_096, Number.NaN);
  const vectors = Array.from({ length: 1_000 }, (_, i) => slab.take(15).fill(i));

  expect(vectors.every((vector, i) => vector.length === 15 && vector.every((value) => value === i))).toBe(true);
  expect([...slab.take(3)]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
});

test('vectors share a block until it is full', () => {
  const slab = new VectorSlab(6, 0);

  const vectors = [slab.take(3), slab.take(3), slab.take(3)];

  expect(vectors.map((vector) => [...vector])).toEqual(Array(3).fill([0, 0, 0]));
  expect(vectors[1]?.buffer).toBe(vectors[0]?.buffer);
  expect(vectors[2]?.buffer).not.toBe(vectors[0]?.buffer);
});

test('a vector longer than a block has separate memory, and the block remains in use', () => {
  const slab = new VectorSlab(6, Number.NaN);
  const first = slab.take(3);

  const long = slab.take(100);
  const next = slab.take(3);

  expect(long).toHaveLength(100);
  expect(long.every(Number.isNaN)).toBe(true);
  expect(long.buffer.byteLength).toBe(800);
  expect(next.buffer).toBe(first.buffer);
});

test('a vector may be empty', () => {
  expect(new VectorSlab(0, 0).take(0)).toHaveLength(0);
});
