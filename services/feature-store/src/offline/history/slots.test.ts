import { expect, test } from 'vitest';
import { Slots } from './slots.js';

const forever = new AbortController().signal;

test('a call beyond the limit waits until a slot is released', async () => {
  const slots = new Slots(1);
  const release = await slots.acquire(forever);
  const order: string[] = [];
  const waiting = slots.acquire(forever).then((next) => {
    order.push('second');
    next();
  });

  order.push('first done');
  release();
  await waiting;

  expect(order).toEqual(['first done', 'second']);
});

test('releasing a slot twice frees it once', async () => {
  const slots = new Slots(1);
  const release = await slots.acquire(forever);
  release();
  release();
  await slots.acquire(forever);
  const patience = new AbortController();
  const third = slots.acquire(patience.signal);

  patience.abort();

  await expect(third).rejects.toMatchObject({ kind: 'timeout' });
});

test('an aborted caller leaves the queue', async () => {
  const slots = new Slots(1);
  const release = await slots.acquire(forever);
  const leaving = new AbortController();
  const left = slots.acquire(leaving.signal);
  const stayed = slots.acquire(forever);

  leaving.abort();
  await expect(left).rejects.toMatchObject({ kind: 'timeout' });
  release();

  await expect(stayed).resolves.toBeTypeOf('function');
});

test('when the queue is full, the next caller is refused', async () => {
  const slots = new Slots(1);
  const patience = new AbortController();
  const calls = Array.from({ length: 9 }, () => slots.acquire(patience.signal).catch(() => undefined));

  await expect(slots.acquire(forever)).rejects.toMatchObject({ kind: 'unavailable' });
  patience.abort();
  await Promise.all(calls);
});
