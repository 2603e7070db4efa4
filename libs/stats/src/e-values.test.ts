import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eBenjaminiHochberg, logEValueOfP, logMeanE } from './e-values.js';

test('the calibrator has mean one under a uniform p', () => {
  // Substituting p = exp(-t): the integral of (e^t - 1 - t)/t² · e^-t dt; its tail beyond T is about 1/T.
  const step = 0.001;
  let mean = 0;
  for (let t = step / 2; t < 600; t += step) mean += Math.exp(logEValueOfP(Math.exp(-t)) - t) * step;

  expect(mean + 1 / 600).toBeCloseTo(1, 3);
});

test('a smaller p is never weaker evidence', () => {
  const unit = fc.double({ min: 0, max: 1, noNaN: true });

  fc.assert(
    fc.property(unit, unit, (p, q) => {
      const [low, high] = p < q ? [p, q] : [q, p];
      expect(logEValueOfP(low)).toBeGreaterThanOrEqual(logEValueOfP(high) - 1e-9);
    }),
    { seed: 4 },
  );
});

test('the ends are finite: p = 1 gives one half, p = 0 counts as 1e-300', () => {
  expect(Math.exp(logEValueOfP(1))).toBeCloseTo(0.5, 12);
  expect(logEValueOfP(0)).toBe(logEValueOfP(1e-300));
  expect(() => logEValueOfP(1.01)).toThrow(/outside/);
});

test('both formulas of the calibrator agree near p = 1', () => {
  expect(logEValueOfP(Math.exp(-0.99e-4))).toBeCloseTo(logEValueOfP(Math.exp(-1.01e-4)), 5);
});

test('the mean of e-values does not overflow and applies weights', () => {
  expect(logMeanE([1000, 0])).toBeCloseTo(1000 - Math.log(2), 9);
  expect(Math.exp(logMeanE([Math.log(4), Math.log(1)], [3, 1]))).toBeCloseTo(3.25, 12);
  expect(logMeanE([])).toBe(0);
});

test('e-BH rejects hypotheses above d/(k·fdr), strongest first', () => {
  const logs = [1, 50, 1000, 79].map(Math.log);

  // d = 4, fdr = .05: the bounds are 80, 40, 26.7, 20 for the 1st to 4th largest.
  expect(eBenjaminiHochberg(logs, 0.05)).toEqual([2, 3, 1]);
  expect(eBenjaminiHochberg([0, 0], 0.05)).toEqual([]);
});
