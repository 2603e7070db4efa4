import { expect, test } from 'vitest';
import { BufferPool } from './buffer-pool.js';

const REQUESTS = { pooledFromBytes: 4_096, maxFreeBytes: 8 * 1024 * 1024 };
const RESPONSES = { pooledFromBytes: 0, maxFreeBytes: 1024 * 1024 };

test('a returned buffer is reused with the requested length', () => {
  const pool = new BufferPool(REQUESTS);
  const first = pool.take(5_000);

  pool.give(first);
  const second = pool.take(6_000);

  expect(first).toHaveLength(5_000);
  expect(second).toHaveLength(6_000);
  expect(second.buffer).toBe(first.buffer);
});

test('a buffer that is returned twice is never lent to two users', () => {
  const pool = new BufferPool(REQUESTS);
  const given = pool.take(10_000);
  pool.give(given);
  pool.give(given);

  const lent = [pool.take(10_000), pool.take(10_000), pool.take(10_000)];

  expect(new Set(lent.map(({ buffer }) => buffer)).size).toBe(3);
});

test('small buffers and buffers of other origin are not pooled', () => {
  const pool = new BufferPool(REQUESTS);
  const foreign = Buffer.allocUnsafeSlow(8_192);
  const small = pool.take(10);
  pool.give(foreign);
  pool.give(small);

  expect(pool.take(8_192).buffer).not.toBe(foreign.buffer);
});

test('the pool holds at most 8 MiB of free buffers', () => {
  const pool = new BufferPool(REQUESTS);
  const lent = Array.from({ length: 12 }, () => pool.take(1024 * 1024));
  for (const buffer of lent) pool.give(buffer);

  const again = lent.map(() => pool.take(1024 * 1024).buffer);

  const known = new Set(lent.map(({ buffer }) => buffer));
  expect(again.filter((memory) => known.has(memory))).toHaveLength(8);
});

test.each([0, 10, 4_096, 4_097, 131_072, 131_073, 1_000_000])('a copy of %i bytes is complete', (length) => {
  const bytes = Buffer.alloc(length, 'abc');

  expect(new BufferPool(RESPONSES).copy(bytes)).toEqual(bytes);
});

test('a pool without a lower limit reuses the memory of short copies, but only after it was given back', () => {
  const pool = new BufferPool(RESPONSES);
  const first = pool.copy(Buffer.from('first'));
  const second = pool.copy(Buffer.from('second'));
  pool.give(first);

  const third = pool.copy(Buffer.from('third one'));

  expect(third.buffer).toBe(first.buffer);
  expect(third.toString()).toBe('third one');
  expect(second.toString()).toBe('second');
});
