import { expect, it } from 'vitest';
import { VectorSlab } from './vector-slab.js';

it('gives memory that is empty and exclusive', () => {
  const slab = new VectorSlab();
  const vectors = Array.from({ length: 1_000 }, (_, i) => slab.take(15).fill(i));

  expect(vectors.map((vector) => vector.length)).toEqual(vectors.map(() => 15));
  expect(vectors.every((vector, i) => vector.every((value) => value === i))).toBe(true);
  expect([...slab.take(3)]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
});

it('gives more than a block holds', () => {
  expect(new VectorSlab().take(100_000).every(Number.isNaN)).toBe(true);
});
