import { expect, test } from 'vitest';
import { BufferPool } from './buffer-pool.js';

test('a returned buffer is reused with the requested length', () => {
  const pool = new BufferPool();
  const first = pool.take(5_000);

  pool.give(first);
  const second = pool.take(6_000);

  expect(first).toHaveLength(5_000);
  expect(second).toHaveLength(6_000);
  expect(second.buffer).toBe(first.buffer);
});

test('a buffer that is returned twice is never lent to two users', () => {
  const pool = new BufferPool();
  const given = pool.take(10_000);
  pool.give(given);
  pool.give(given);

  const lent = [pool.take(10_000), pool.take(10_000), pool.take(10_000)];

  expect(new Set(lent.map(({ buffer }) => buffer)).size).toBe(3);
});

test('small buffers and buffers of other origin are not pooled', () => {
  const pool = new BufferPool();
  const foreign = Buffer.allocUnsafeSlow(8_192);
  const small = pool.take(10);
  pool.give(foreign);
  pool.give(small);

  expect(pool.take(8_192).buffer).not.toBe(foreign.buffer);
});

test('the pool holds at most 8 MiB of free buffers', () => {
  const pool = new BufferPool();
  const lent = Array.from({ length: 12 }, () => pool.take(1024 * 1024));
  for (const buffer of lent) pool.give(buffer);

  const again = lent.map(() => pool.take(1024 * 1024).buffer);

  const known = new Set(lent.map(({ buffer }) => buffer));
  expect(again.filter((memory) => known.has(memory))).toHaveLength(8);
});
