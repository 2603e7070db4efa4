import { expect, test } from 'vitest';
import { Pacer } from './pacer.js';

function handTime() {
  const time = { ms: 0, nowMs: () => time.ms, sleep: async (ms: number) => void (time.ms += ms) };
  return time;
}

test('items pass at the rate, independent of the number wanted', async () => {
  const time = handTime();
  const pacer = new Pacer(100, time);

  let passed = 0;
  while (passed < 500) passed += await pacer.take(40);

  expect(time.ms).toBeGreaterThanOrEqual(4_590);
  expect(time.ms).toBeLessThan(5_100);
});

test('items delayed by a stall pass together, so that the rate holds over the whole run', async () => {
  const time = handTime();
  const pacer = new Pacer(100, time);
  await pacer.take(1);

  time.ms += 1_000;

  expect(await pacer.take(1_000)).toBe(100);
});

test('full speed never waits', async () => {
  const time = handTime();

  expect(await new Pacer(Infinity, time).take(2_000)).toBe(2_000);
  expect(time.ms).toBe(0);
});

test('with a longer tick, items that become due within it pass together at the same rate', async () => {
  const time = handTime();
  const pacer = new Pacer(1_000, time, 5);
  await pacer.take(200);

  expect(await pacer.take(200)).toBe(5);
  expect(time.ms).toBe(5);
});
