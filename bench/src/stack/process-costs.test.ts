import { expect, test } from 'vitest';
import { cpuFigures, cpuUsOf } from './process-costs.js';

test('processor time counts a process with its descendants, and no others', () => {
  const processes = new Map([
    [10, { parent: 1, cpuUs: 100 }],
    [11, { parent: 10, cpuUs: 20 }],
    [12, { parent: 11, cpuUs: 3 }],
    [13, { parent: 1, cpuUs: 5_000 }],
  ]);

  expect(cpuUsOf(10, processes)).toBe(123);
  expect(cpuUsOf(99, processes)).toBeNaN();
});

test('figures are µs per item; a part that did not exist before has none', () => {
  const figures = cpuFigures(
    new Map([['redis', 1_000]]),
    new Map([
      ['redis', 3_000],
      ['kafka', 9],
    ]),
    100,
  );

  expect(figures['cpu_redis']).toEqual({ value: 20, unit: 'µs' });
  expect(figures['cpu_kafka']?.value).toBeNaN();
});
