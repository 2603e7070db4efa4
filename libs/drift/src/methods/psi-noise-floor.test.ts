import { expect, test } from 'vitest';
import { psiNoiseFloor } from './psi-noise-floor.js';

test('the noise floor falls with more rows on either side', () => {
  expect(psiNoiseFloor(10, 1000, 20_000)).toBeCloseTo(0.017765, 5);
  expect(psiNoiseFloor(10, 1000, 1_000_000)).toBeLessThan(psiNoiseFloor(10, 1000, 20_000));
  expect(psiNoiseFloor(1, 10, 10)).toBe(0);
});
