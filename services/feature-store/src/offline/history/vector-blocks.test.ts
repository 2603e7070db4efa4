import { expect, test } from 'vitest';
import { VectorBlocks } from './vector-blocks.js';

test('vectors of one block do not overlap', () => {
  const blocks = new VectorBlocks(3);
  const vectors = Array.from({ length: 3_000 }, (_, i) => blocks.next().fill(i));

  expect(vectors.every((vector, i) => vector.length === 3 && vector.every((value) => value === i))).toBe(true);
  expect(new VectorBlocks(0).next()).toHaveLength(0);
});
