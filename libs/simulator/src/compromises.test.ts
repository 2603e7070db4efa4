import { expect, test } from 'vitest';
import { Compromises } from './compromises.js';
import { createRandom } from './random.js';

test('an item is no longer compromised after its number of days', () => {
  const compromises = new Compromises(10, 3);
  const random = createRandom(1);

  compromises.beginDay(0, 10, random);
  compromises.beginDay(2, 0, random);
  const onLastDay = compromises.size;
  compromises.beginDay(3, 0, random);

  expect(onLastDay).toBe(10);
  expect(compromises.size).toBe(0);
});

test('a rate of 0.1 per day gives exactly one item in ten days', () => {
  const compromises = new Compromises(1_000, 100);
  const random = createRandom(1);

  for (let day = 0; day < 10; day++) compromises.beginDay(day, 0.1, random);

  expect(compromises.size).toBe(1);
});

test('never draws more items than the population has', () => {
  const compromises = new Compromises(3, 5);

  compromises.beginDay(0, 50, createRandom(1));

  expect([0, 1, 2].every((index) => compromises.has(index))).toBe(true);
});
