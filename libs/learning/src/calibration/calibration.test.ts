import { brier, logLoss, seededRandom } from '@fraudflow/stats';
import { describe, expect, test } from 'vitest';
import { calibrationError } from '../evaluation/calibration-error.js';
import { applyCalibration, type Calibration, RANKING_SHARE } from './calibration.js';
import { chooseCalibration } from './choose-calibration.js';
import { fitIsotonic } from './fit-isotonic.js';
import { fitPlatt } from './fit-platt.js';

interface Sample {
  readonly margins: Float32Array;
  readonly labels: Float32Array;
}

/** Margins around −4; a row is a fraud with the probability that `truth` gives for its margin. */
function sample(rows: number, seed: number, truth: (margin: number) => number): Sample {
  const random = seededRandom(seed);
  const margins = Float32Array.from({ length: rows }, () => -4 + 2 * random.normal());
  return { margins, labels: margins.map((margin) => (random.uniform() < truth(margin) ? 1 : 0)) };
}

const sigmoid = (logOdds: number): number => 1 / (1 + Math.exp(-logOdds));
const platt = (slope: number, offset: number): Calibration => ({ kind: 'platt', slope, offset });
const isotonicOf = (calibration: Calibration): Extract<Calibration, { kind: 'isotonic' }> => {
  if (calibration.kind !== 'isotonic') throw new Error(`unexpected calibration ${calibration.kind}`);
  return calibration;
};
const scoresOf = (calibration: Calibration, { margins }: Sample): Float64Array =>
  Float64Array.from(margins, (margin) => applyCalibration(calibration, margin));

describe('applyCalibration', () => {
  test('none is the sigmoid, Platt the sigmoid of a line', () => {
    expect(applyCalibration({ kind: 'none' }, 2)).toBe(Math.fround(sigmoid(2)));
    expect(applyCalibration(platt(0.5, -1), 2)).toBe(0.5);
    expect(applyCalibration(platt(2, 1), -1000)).toBe(0);
  });

  test('isotonic has steps that start at their margin, and keeps the order within a step', () => {
    const calibration: Calibration = {
      kind: 'isotonic',
      margins: Float32Array.of(-1, 0, 2),
      probabilities: Float32Array.of(0.1, 0.4, 0.8),
    };
    const margins = [-1e30, -1, -1e-45, -0, 0, 1.9999, 2, 3e38];

    const probabilities = margins.map((margin) => applyCalibration(calibration, margin));

    const steps = [0.1, 0.1, 0.1, 0.4, 0.4, 0.4, 0.8, 0.8];
    const expected = steps.map((step, at) => step + RANKING_SHARE * (sigmoid(margins[at] ?? NaN) - step));
    probabilities.forEach((probability, at) => expect(probability).toBeCloseTo(expected[at] ?? NaN, 6));
    expect(probabilities.toSorted((a, b) => a - b)).toEqual(probabilities);
    expect(applyCalibration(calibration, 0.6)).toBeGreaterThan(applyCalibration(calibration, 0.5));
  });

  test('NaN stays NaN', () => {
    const isotonic: Calibration = {
      kind: 'isotonic',
      margins: Float32Array.of(0),
      probabilities: Float32Array.of(0.5),
    };

    for (const calibration of [{ kind: 'none' } as const, platt(1, 0), isotonic]) {
      expect(applyCalibration(calibration, NaN)).toBeNaN();
    }
  });
});

describe('fitPlatt', () => {
  test('recovers a known slope and shift of the log-odds', () => {
    const { margins, labels } = sample(200_000, 1, (margin) => sigmoid(0.7 * margin + 0.9));

    const fit = fitPlatt(margins, labels);

    if (fit.kind !== 'platt') throw new Error(`unexpected calibration ${fit.kind}`);
    // More than three standard errors.
    expect(Math.abs(fit.slope - 0.7)).toBeLessThan(0.025);
    expect(Math.abs(fit.offset - 0.9)).toBeLessThan(0.06);
  });

  test('has a finite fit for classes that a threshold separates, and for equal margins', () => {
    const separated = fitPlatt([-2, -1, 1, 2], [0, 0, 1, 1]);
    const equal = fitPlatt([3, 3, 3, 3], [0, 0, 0, 1]);

    expect(applyCalibration(separated, 2)).toBeGreaterThan(0.7);
    expect(applyCalibration(separated, -2)).toBeLessThan(0.3);
    // Platt's targets: (2/3 + 3·1/5)/4.
    expect(applyCalibration(equal, 3)).toBeCloseTo((2 / 3 + 3 / 5) / 4, 5);
  });
});

describe('fitIsotonic', () => {
  test('pools adjacent violators, with smoothed targets, and starts steps half-way between margins', () => {
    const { margins, probabilities } = isotonicOf(fitIsotonic([4, 1, 3, 2, 5], [0, 0, 1, 0, 1]));

    // Targets: fraud 3/4, genuine 1/5. Margins 3 and 4 violate the order.
    expect([...margins]).toEqual([1, 2.5, 4.5]);
    expect([...probabilities]).toEqual([0.2, (0.75 + 0.2) / 2, 0.75].map(Math.fround));
  });

  test('equal margins are one point, whatever the order of the rows', () => {
    const { margins, probabilities } = isotonicOf(fitIsotonic([1, 2, 2, 2], [0, 1, 0, 1]));

    expect([...margins]).toEqual([1, 1.5]);
    expect(fitIsotonic([2, 2, 1, 2], [0, 1, 0, 1])).toEqual({ kind: 'isotonic', margins, probabilities });
  });

  test('a reversed ranking is one step', () => {
    expect(isotonicOf(fitIsotonic([3, 2, 1], [0, 0, 1])).margins).toHaveLength(1);
  });

  test('adjacent float32 margins stay apart', () => {
    const next = 1 + 2 ** -23;

    expect([...isotonicOf(fitIsotonic([1, next], [0, 1])).margins]).toEqual([1, next]);
  });

  test('is monotone, and as good as any monotone function on its rows', () => {
    const rows = sample(5_000, 2, (margin) => (margin > -3 ? 0.3 : 0.01));

    const calibration = isotonicOf(fitIsotonic(rows.margins, rows.labels));

    const ascends = (values: Float32Array): boolean =>
      values.every((value, at) => at === 0 || value > (values[at - 1] ?? NaN));
    expect([ascends(calibration.margins), ascends(calibration.probabilities)]).toEqual([true, true]);
    const truth = Float64Array.from(rows.margins, (margin) => (margin > -3 ? 0.3 : 0.01));
    expect(brier(scoresOf(calibration, rows), rows.labels)).toBeLessThan(brier(truth, rows.labels));
  });
});

describe('chooseCalibration', () => {
  const options = { folds: 5, seed: 1 };

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('keeps calibrated scores as they are (sample %i)', (seed) => {
    const { margins, labels } = sample(20_000, seed, sigmoid);

    expect(chooseCalibration(margins, labels, options)).toEqual({ kind: 'none' });
  });

  test('corrects a shift of the log-odds by Platt, fitted on all rows', () => {
    const { margins, labels } = sample(20_000, 3, (margin) => sigmoid(margin + 1.5));

    expect(chooseCalibration(margins, labels, options)).toEqual(fitPlatt(margins, labels));
  });

  test('corrects a step by isotonic regression, and other rows of that kind are calibrated by it', () => {
    const truth = (margin: number): number => (margin > -2 ? 0.5 : 0.005);
    const { margins, labels } = sample(20_000, 4, truth);
    const fresh = sample(50_000, 5, truth);

    const calibration = chooseCalibration(margins, labels, options);

    const [raw, calibrated] = [scoresOf({ kind: 'none' }, fresh), scoresOf(calibration, fresh)];
    expect(calibration.kind).toBe('isotonic');
    expect(calibrationError(calibrated, fresh.labels)).toBeLessThan(0.006);
    expect(logLoss(calibrated, fresh.labels)).toBeLessThan(logLoss(raw, fresh.labels));
    expect(brier(calibrated, fresh.labels)).toBeLessThan(brier(raw, fresh.labels));
  });

  test('does not reverse the ranking of a model', () => {
    const { margins, labels } = sample(5_000, 6, (margin) => sigmoid(-margin - 8));

    expect(chooseCalibration(margins, labels, options).kind).not.toBe('platt');
  });

  test('folds without both classes are rejected with the counts', () => {
    const labels = [1, 1, 0, 0, 0, 0];
    const choose = (folds: number) => () => chooseCalibration([1, 2, 3, 4, 5, 6], labels, { folds, seed: 1 });

    expect(choose(3)).toThrow(/3 folds need 3 rows of each class: 2 frauds and 4 genuine rows/);
    expect(choose(1)).toThrow(/folds must be a whole number of at least 2/);
    expect(choose(2)).not.toThrow();
  });
});

describe.each([
  ['fitPlatt', fitPlatt],
  ['fitIsotonic', fitIsotonic],
  [
    'chooseCalibration',
    (margins: number[], labels: number[]) => chooseCalibration(margins, labels, { folds: 2, seed: 1 }),
  ],
])('%s', (_name, fit) => {
  test.each([
    [[], [], /needs rows/],
    [[1], [1, 0], /1 margins, 2 labels/],
    [[1, 2], [0, 0], /no fraud among 2 rows/],
    [[1, 2], [1, 1], /no genuine row among 2 rows/],
    [[1, NaN], [1, 0], /margin 1 is NaN/],
    [[Infinity, 1], [1, 0], /margin 0 is Infinity/],
  ])('refuses the margins %j with labels %j', (margins, labels, message) => {
    expect(() => fit(margins, labels)).toThrow(message);
  });
});
