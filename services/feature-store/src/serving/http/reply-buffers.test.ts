import { expect, test } from 'vitest';
import { ReplyBuffers } from './reply-buffers.js';

test.each([0, 10, 4_096, 4_097, 131_072, 131_073, 1_000_000])('a reply of %i bytes is its text in UTF-8', (length) => {
  const buffers = new ReplyBuffers();
  const text = length > 10 ? `é${'x'.repeat(length - 2)}` : 'x'.repeat(length);

  expect(buffers.take(text)).toEqual(Buffer.from(text));
});

test('memory serves again once it was given back, and not before', () => {
  const buffers = new ReplyBuffers();
  const first = buffers.take('first');
  const second = buffers.take('second');
  buffers.giveBack(first);

  const third = buffers.take('third one');

  expect(third.buffer).toBe(first.buffer);
  expect(third.toString()).toBe('third one');
  expect(second.toString()).toBe('second');
});

test('no more is kept than a few buffers of each size', () => {
  const buffers = new ReplyBuffers();
  const taken = Array.from({ length: 100 }, () => buffers.take('x'.repeat(100_000)));
  taken.forEach((bytes) => buffers.giveBack(bytes));

  const again = Array.from({ length: 100 }, () => buffers.take('y'.repeat(100_000)));

  expect(again.filter(({ buffer }) => taken.some((bytes) => bytes.buffer === buffer))).toHaveLength(8);
});
