import { seededRandom } from '@fraudflow/stats';
import { describe, expect, test } from 'vitest';
import { fitLogisticRegression, type LogisticOptions, type LogisticRows } from './fit-logistic-regression.js';
import { logisticMargins } from './logistic-model.js';

const NAMES = ['amount', 'night', 'count', 'constant'];

/** 400 rows with 109 frauds; the last column is 7 in every row. */
function someRows(): LogisticRows {
  const random = seededRandom(3);
  const rows = Array.from({ length: 400 }, () => {
    const amount = Math.floor(random.uniform() * 3_000) / 8;
    const night = Number(random.uniform() < 0.25);
    const count = Math.floor(random.uniform() * 12);
    const isFraud = amount / 400 + night * 0.3 + random.uniform() * 1.2 > 1.45;
    return { values: [amount, night, count, 7], isFraud };
  });
  return {
    featureNames: NAMES,
    features: Float32Array.from(rows.flatMap(({ values }) => values)),
    labels: Float32Array.from(rows, ({ isFraud }) => Number(isFraud)),
  };
}

/** Source: scikit-learn 1.9.1, `StandardScaler` and `LogisticRegression(solver='newton-cholesky', tol=1e-13)`. */
const REFERENCE: readonly [LogisticOptions, readonly number[], number][] = [
  [{ inverseRegularisation: 1 }, [1.1412939384128042, 0.5061879273566717, -0.2790031167278651, 0], -1.3051106980542126],
  [
    { inverseRegularisation: 0.01 },
    [0.4037937028129624, 0.18339141909571466, -0.11530484717734922, 0],
    -1.0289365769146153,
  ],
  [
    { inverseRegularisation: 1, classWeight: 'balanced' },
    [1.2211451797052917, 0.5256462542051447, -0.26725557634720054, 0],
    -0.34827324725258774,
  ],
  [
    { inverseRegularisation: 1_000 },
    [1.1718176662021826, 0.5197082200818552, -0.2850260897565061, 0],
    -1.3203147717481318,
  ],
];

test.each(REFERENCE)('with %j the weights are those of scikit-learn', (options, weights, intercept) => {
  const model = fitLogisticRegression(someRows(), options);

  weights.forEach((weight, column) => expect(model.weights[column]).toBeCloseTo(weight, 8));
  expect(model.intercept).toBeCloseTo(intercept, 8);
  expect(model.iterations).toBeLessThan(10);
});

test('columns are standardised by the mean and deviation of the training rows', () => {
  const { mean, scale, featureNames } = fitLogisticRegression(someRows(), { inverseRegularisation: 1 });

  expect(featureNames).toEqual(NAMES);
  [195.103125, 0.21, 5.5075, 7].forEach((value, column) => expect(mean[column]).toBeCloseTo(value, 9));
  [107.50045344199421, 0.407308237088326, 3.4590379804217224, 1].forEach((value, column) =>
    expect(scale[column]).toBeCloseTo(value, 9),
  );
});

test('a constant column has the scale 1 and the weight 0, whatever its value', () => {
  const { features, ...rest } = someRows();
  const changed = features.map((value, at) => (at % 4 === 3 ? 0.1 : value));

  const model = fitLogisticRegression({ ...rest, features: changed }, { inverseRegularisation: 1 });

  expect([model.mean[3], model.scale[3], model.weights[3]]).toEqual([Math.fround(0.1), 1, 0]);
});

test('margins are the log-odds of the probabilities of scikit-learn', () => {
  const rows = someRows();

  const margins = logisticMargins(fitLogisticRegression(rows, { inverseRegularisation: 1 }), rows.features);

  const probabilities = [...margins.subarray(0, 3)].map((margin) => 1 / (1 + Math.exp(-margin)));
  [0.22335213396528003, 0.381781079380343, 0.06974779886033024].forEach((value, row) =>
    expect(probabilities[row]).toBeCloseTo(value, 7),
  );
  expect(logisticMargins(fitLogisticRegression(rows, { inverseRegularisation: 1 }), rows.features)).toEqual(margins);
});

test('a row with a missing value has no margin, and values that are not whole rows are refused', () => {
  const model = fitLogisticRegression(someRows(), { inverseRegularisation: 1 });

  expect([...logisticMargins(model, Float32Array.of(1, Number.NaN, 1, 7))]).toEqual([Number.NaN]);
  expect(() => logisticMargins(model, new Float32Array(5))).toThrow('5 values are not whole rows of 4 columns');
});

test('classes that a line separates converge, thanks to the penalty', () => {
  const rows = { featureNames: ['x'], features: Float32Array.of(-2, -1, 1, 2), labels: Float32Array.of(0, 0, 1, 1) };

  const model = fitLogisticRegression(rows, { inverseRegularisation: 1e6 });

  expect(model.weights[0]).toBeGreaterThan(5);
  expect(model.intercept).toBeCloseTo(0, 6);
});

test('values of any magnitude are learned from', () => {
  const { features, ...rest } = someRows();
  const huge = features.map((value, at) => (at % 4 === 0 ? value * 1e35 : value));
  const expected = fitLogisticRegression(someRows(), { inverseRegularisation: 1 });

  const model = fitLogisticRegression({ ...rest, features: huge }, { inverseRegularisation: 1 });

  expect(model.weights[0]).toBeCloseTo(expected.weights[0] ?? Number.NaN, 5);
});

test('a fit without enough steps fails with the gradient and the remedy', () => {
  expect(() => fitLogisticRegression(someRows(), { inverseRegularisation: 1, maxIterations: 2 })).toThrow(
    expect.objectContaining({
      kind: 'failed_precondition',
      message: expect.stringMatching(
        /has not converged after 2 steps: the gradient is \d.\de-\d, not 1e-8 or less; raise maxIterations/,
      ) as string,
    }),
  );
});

describe('refused is', () => {
  const fit = (over: Partial<LogisticRows>, options: Partial<LogisticOptions> = {}) =>
    fitLogisticRegression({ ...someRows(), ...over }, { inverseRegularisation: 1, ...options });
  const withValues = (values: Readonly<Record<number, number>>): Float32Array =>
    Object.assign(someRows().features, values);

  test('a missing or infinite value, with its columns and the number of rows', () => {
    const features = withValues({ 1: Number.NaN, 5: Number.NaN, 2: Infinity });

    expect(() => fit({ features })).toThrow(
      'missing or infinite are night (2 of 400 rows), count (1 of 400 rows): fill them, leave these columns out, or ' +
        'train boosted trees',
    );
  });

  test.each<[string, Partial<LogisticRows>, string]>([
    ['no fraud', { labels: new Float32Array(400) }, 'there is no fraud among the 400 rows to learn from'],
    [
      'no genuine row',
      { labels: new Float32Array(400).fill(1) },
      'there is no genuine transaction among the 400 rows to learn from',
    ],
    ['no row', { features: new Float32Array(), labels: new Float32Array() }, 'there are no rows to learn from'],
  ])('%s', (_what, over, message) => {
    expect(() => fit(over)).toThrow(expect.objectContaining({ code: 'NOTHING_TO_LEARN', message }));
  });

  test.each<[string, Partial<LogisticRows>, Partial<LogisticOptions>, string]>([
    ['a label that is neither', { labels: new Float32Array(400).fill(0.5) }, {}, 'the label of row 0 is 0.5'],
    [
      'a label too few',
      { labels: new Float32Array(399) },
      {},
      '1600 values are not 399 rows (one a label) of 4 columns',
    ],
    ['no column', { featureNames: [] }, {}, 'logistic regression needs a column'],
    ['a penalty of 0', {}, { inverseRegularisation: 0 }, 'inverseRegularisation must be above 0, not 0'],
    ['no penalty', {}, { inverseRegularisation: Infinity }, 'inverseRegularisation must be above 0, not Infinity'],
    ['a tolerance of 0', {}, { tolerance: 0 }, 'tolerance must be above 0, not 0'],
    ['half a step', {}, { maxIterations: 1.5 }, 'maxIterations must be a positive whole number, not 1.5'],
  ])('%s', (_what, over, options, message) => {
    expect(() => fit(over, options)).toThrow(message);
  });
});
