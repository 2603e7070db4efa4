import { expect, test } from 'vitest';
import { ReplyBuffers } from './reply-buffers.js';

test.each([0, 10, 4_096, 4_097, 131_072, 131_073, 1_000_000])('a reply of %i bytes is copied whole', (length) => {
  const bytes = Buffer.alloc(length, 'abc');

  expect(new ReplyBuffers().take(bytes)).toEqual(bytes);
});

test('memory serves again once it was given back, and not before', () => {
  const buffers = new ReplyBuffers();
  const first = buffers.take(Buffer.from('first'));
  const second = buffers.take(Buffer.from('second'));
  buffers.release(first);

  const third = buffers.take(Buffer.from('third one'));

  expect(third.buffer).toBe(first.buffer);
  expect(third.toString()).toBe('third one');
  expect(second.toString()).toBe('second');
});

test('no more is kept than a few buffers of each size', () => {
  const buffers = new ReplyBuffers();
  const taken = Array.from({ length: 100 }, () => buffers.take(Buffer.alloc(100_000)));
  taken.forEach((bytes) => buffers.release(bytes));

  const again = Array.from({ length: 100 }, () => buffers.take(Buffer.alloc(100_000)));

  expect(again.filter(({ buffer }) => taken.some((bytes) => bytes.buffer === buffer))).toHaveLength(8);
});
