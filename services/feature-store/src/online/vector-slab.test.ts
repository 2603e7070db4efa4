import { expect, it } from 'vitest';
import { VectorSlab } from './vector-slab.js';

it('gives room that is empty and nobody else has', () => {
  const room = new VectorSlab();
  const vectors = Array.from({ length: 1_000 }, (_, i) => room.take(15).fill(i));

  expect(vectors.map((vector) => vector.length)).toEqual(vectors.map(() => 15));
  expect(vectors.every((vector, i) => vector.every((value) => value === i))).toBe(true);
  expect([...room.take(3)]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
});

it('gives more than a block holds', () => {
  expect(new VectorSlab().take(100_000).every(Number.isNaN)).toBe(true);
});
