import { expect, test } from 'vitest';
import { calibrationSpeed } from './calibration.js';

test('the speed is steps a second of the fastest pass', () => {
  const readings = [0, 20, 100, 110, 200, 240];

  const speed = calibrationSpeed(1_000, () => readings.shift() ?? Number.NaN);

  expect(speed).toBe(100_000);
});
