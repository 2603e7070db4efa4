import { expect, test } from 'vitest';
import { grownBuffer } from './grown-buffer.js';

test('a grown buffer begins with the written bytes and is twice as large', () => {
  const grown = grownBuffer(Buffer.from('xxabcy'), 2, 5, 1);

  expect(grown).toHaveLength(12);
  expect(grown.toString('latin1', 0, 3)).toBe('abc');
});

test('a write of more than twice the size fits exactly', () => {
  const grown = grownBuffer(Buffer.from('xxabcy'), 2, 5, 100);

  expect(grown).toHaveLength(103);
  expect(grown.buffer.byteLength).toBe(103);
});
