import { AppError } from '@fraudflow/core';
import { seededRandom } from '@fraudflow/stats';
import { describe, expect, test } from 'vitest';
import { chooseThresholdByCost, type CostRows } from './choose-threshold-by-cost.js';
import { type Costs, parseCosts } from './costs.js';
import { moneyAt } from './money-at.js';

function errorOf(run: () => unknown): AppError {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('parseCosts', () => {
  test('accepts the amount or a number for a missed fraud, with and without a capacity', () => {
    const all = { missedFraud: 'amount', falseAlarm: 2.5, reviewsPerDay: 100 };

    expect(parseCosts(all)).toEqual(all);
    expect(parseCosts({ missedFraud: 80, falseAlarm: 0 })).toEqual({ missedFraud: 80, falseAlarm: 0 });
  });

  test('names all problems at once', () => {
    const { kind, message, field } = errorOf(() =>
      parseCosts({ missedFraud: 'all', reviewsPerDay: 0, false_alarm: 3, currency: 'EUR' }),
    );

    expect([kind, field]).toEqual(['invalid_input', 'missedFraud']);
    expect(message).toContain('costs have 5 problems');
    expect(message).toContain('missedFraud must be "amount" or a number above 0, not "all"');
    expect(message).toContain('falseAlarm must be a number of at least 0, but it is missing');
    expect(message).toContain('reviewsPerDay must be absent or a number above 0, not 0');
    expect(message).toContain('false_alarm is unknown (known: missedFraud, falseAlarm, reviewsPerDay)');
    expect(message).toContain('currency is unknown');
  });

  test.each([
    [{ missedFraud: -1, falseAlarm: 1 }, 'missedFraud'],
    [{ missedFraud: Infinity, falseAlarm: 1 }, 'missedFraud'],
    [{ missedFraud: 'amount', falseAlarm: '1' }, 'falseAlarm'],
    [{ missedFraud: 'amount', falseAlarm: 1, reviewsPerDay: null }, 'reviewsPerDay'],
  ])('refuses %j', (json, field) => {
    expect(errorOf(() => parseCosts(json)).field).toBe(field);
  });

  test.each([null, 'amount', [1], undefined])('refuses %j, which is not an object', (json) => {
    expect(errorOf(() => parseCosts(json)).message).toMatch(/must be a JSON object with missedFraud, falseAlarm/);
  });
});

describe('moneyAt', () => {
  const rows = { scores: [0.9, 0.6, 0.5, 0.1], labels: [1, 0, 1, 1], amounts: [100, 7, 20, 3] };

  test('adds the amounts of missed frauds and the price of false alarms', () => {
    expect(moneyAt(rows, 0.55, { missedFraud: 'amount', falseAlarm: 5 })).toEqual({
      cost: 28,
      missedAmount: 23,
      caughtAmount: 100,
      falseAlarms: 1,
    });
  });

  test('a fixed price counts missed frauds; a score at the threshold is an alert', () => {
    const { cost, missedAmount } = moneyAt(rows, 0.5, { missedFraud: 50, falseAlarm: 5 });

    expect([cost, missedAmount]).toEqual([55, 3]);
  });

  test('rows without a fraud have a cost too', () => {
    expect(moneyAt({ ...rows, labels: [0, 0, 0, 0] }, 0.55, { missedFraud: 50, falseAlarm: 5 }).cost).toBe(10);
  });

  test('refuses columns of unequal length and negative amounts by name', () => {
    const costs: Costs = { missedFraud: 'amount', falseAlarm: 1 };

    expect(errorOf(() => moneyAt({ ...rows, amounts: [1] }, 0.5, costs)).field).toBe('amounts');
    expect(errorOf(() => moneyAt({ ...rows, amounts: [1, 2, -3, 4] }, 0.5, costs)).message).toMatch(/amount 2 is -3/);
    expect(errorOf(() => moneyAt({ scores: [], labels: [], amounts: [] }, 0.5, costs)).message).toMatch(/one row/);
  });
});

/** Whole amounts, so that costs are exact, and scores with ties. */
function randomRows(seed: number): CostRows {
  const random = seededRandom(seed);
  const count = 5 + Math.floor(random.uniform() * 40);
  const scores = Array.from({ length: count }, () => Math.round(random.uniform() * 30) / 30);
  const labels = scores.map((score, row) => (row < 2 ? row : Number(random.uniform() < score)));
  return { scores, labels, amounts: scores.map(() => Math.floor(random.uniform() * 300)), days: 2 };
}

/** Lowest cost over all thresholds within the capacity; ties to fewer alerts. */
function bruteForce(rows: CostRows, costs: Costs): { alerts: number; cost: number } {
  const thresholds = [2, ...new Set(Array.from(rows.scores))].toSorted((a, b) => b - a);
  const outcomes = thresholds.map((threshold) => ({
    alerts: alertsAt(rows, threshold),
    cost: moneyAt(rows, threshold, costs).cost,
  }));
  const affordable = outcomes.filter(({ alerts }) => alerts <= (costs.reviewsPerDay ?? Infinity) * rows.days);
  return affordable.reduce((best, outcome) => (outcome.cost < best.cost ? outcome : best));
}

function alertsAt({ scores }: CostRows, threshold: number): number {
  return Array.from(scores).filter((score) => score >= threshold).length;
}

describe('chooseThresholdByCost', () => {
  test.each<Costs>([
    { missedFraud: 'amount', falseAlarm: 40 },
    { missedFraud: 'amount', falseAlarm: 40, reviewsPerDay: 3 },
    { missedFraud: 60, falseAlarm: 100, reviewsPerDay: 2.3 },
    { missedFraud: 60, falseAlarm: 0 },
  ])('equals brute force on 200 random sets with %j', (costs) => {
    for (let seed = 0; seed < 200; seed++) {
      const rows = randomRows(seed);

      const { threshold, cost } = chooseThresholdByCost(rows, costs);

      expect({ alerts: alertsAt(rows, threshold), cost }).toEqual(bruteForce(rows, costs));
    }
  });

  test('the threshold is half-way to the next lower score', () => {
    const rows = { scores: [0.9, 0.7, 0.3], labels: [1, 1, 0], amounts: [50, 50, 50], days: 1 };

    expect(chooseThresholdByCost(rows, { missedFraud: 'amount', falseAlarm: 1 })).toEqual({ threshold: 0.5, cost: 0 });
  });

  test('if no alert is cheapest, the threshold is above every score and a probability where possible', () => {
    const costs: Costs = { missedFraud: 1, falseAlarm: 10 };
    const rows = { labels: [0, 1], amounts: [1, 1], days: 1 };

    expect(chooseThresholdByCost({ ...rows, scores: [0.6, 0.5] }, costs)).toEqual({ threshold: 0.8, cost: 1 });
    expect(chooseThresholdByCost({ ...rows, scores: [1, 0.5] }, costs)).toEqual({ threshold: 2, cost: 1 });
  });

  test('a top score shared by more rows than can be reviewed gives no alert', () => {
    const rows = { scores: [0.9, 0.9, 0.1], labels: [1, 1, 0], amounts: [50, 50, 50], days: 1 };

    const { threshold, cost } = chooseThresholdByCost(rows, {
      missedFraud: 'amount',
      falseAlarm: 1,
      reviewsPerDay: 1,
    });

    expect(threshold).toBeCloseTo(0.95, 12);
    expect(cost).toBe(100);
  });

  test('one class, no rows and no days are rejected by name', () => {
    const rows = { scores: [0.9, 0.1], labels: [1, 0], amounts: [1, 1], days: 1 };
    const reject = (over: Partial<CostRows>): AppError =>
      errorOf(() => chooseThresholdByCost({ ...rows, ...over }, { missedFraud: 'amount', falseAlarm: 1 }));

    expect(reject({ labels: [0, 0] }).message).toMatch(/needs both classes: no fraud among 2 rows/);
    expect(reject({ labels: [1, 1] }).message).toMatch(/no genuine row/);
    expect(reject({ scores: [], labels: [], amounts: [] }).message).toMatch(/at least one row/);
    expect(reject({ days: 0 }).field).toBe('days');
  });
});
