import { DAY_MS } from '@fraudflow/core';
import { describe, expect, test } from 'vitest';
import type { Drift } from './drift.js';
import type { SimulatorSettings } from './settings.js';
import { TransactionSimulator } from './simulator.js';
import type { SimulatedTransaction } from './transaction.js';

const SMALL = { seed: 7, customers: 800, terminals: 1_600 } satisfies Partial<SimulatorSettings>;

function simulate(days: number, settings: Partial<SimulatorSettings> = SMALL, drifts: readonly Drift[] = []) {
  const simulator = new TransactionSimulator(settings);
  for (const drift of drifts) simulator.schedule(drift);
  return Array.from({ length: days }, () => simulator.nextDay());
}

function transactionsOf(days: ReturnType<typeof simulate>): readonly SimulatedTransaction[] {
  return days.flatMap((day) => day.transactions);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const fraudShare = (all: readonly SimulatedTransaction[]): number => mean(all.map((tx) => Number(tx.isFraud)));

describe('the simulator', () => {
  test('gives the same transactions for the same seed and different ones for another seed', () => {
    const [once, again, other] = [simulate(5), simulate(5), simulate(5, { ...SMALL, seed: 8 })];

    expect(again).toEqual(once);
    expect(transactionsOf(other).slice(0, 20)).not.toEqual(transactionsOf(once).slice(0, 20));
  });

  test('returns transactions in time order, numbered in that order, within each day', () => {
    const days = simulate(4);

    const all = transactionsOf(days);
    expect(all.map((tx) => tx.transactionId)).toEqual(all.map((_, index) => 't' + String(index).padStart(7, '0')));
    expect(all.every((tx, index) => index === 0 || tx.occurredAtMs >= (all[index - 1]?.occurredAtMs ?? 0))).toBe(true);
    for (const { startAtMs, transactions } of days) {
      expect(transactions.every((tx) => tx.occurredAtMs >= startAtMs && tx.occurredAtMs < startAtMs + DAY_MS)).toBe(
        true,
      );
    }
  });

  test('generates about 1.94 transactions per customer and day, like the handbook', () => {
    const all = transactionsOf(simulate(30));

    expect(all.length / 30 / SMALL.customers).toBeGreaterThan(1.8);
    expect(all.length / 30 / SMALL.customers).toBeLessThan(2.1);
  });

  test('generates amounts of whole cents above zero with the mean of the handbook', () => {
    const amounts = transactionsOf(simulate(30)).map((tx) => tx.amount);

    expect(amounts.every((amount) => amount >= 0.01 && Math.abs(amount * 100 - Math.round(amount * 100)) < 1e-6)).toBe(
      true,
    );
    expect(mean(amounts)).toBeGreaterThan(48);
    expect(mean(amounts)).toBeLessThan(60);
  });

  test('marks between 0.5 and 1.5 percent as fraud once the first month has passed, of the three scenarios', () => {
    const later = transactionsOf(simulate(60).slice(30));

    expect(fraudShare(later)).toBeGreaterThan(0.005);
    expect(fraudShare(later)).toBeLessThan(0.015);
    expect(new Set(later.map((tx) => tx.scenario))).toEqual(new Set([0, 1, 2, 3]));
  });

  test('always marks an ordinary amount above 220 as fraud', () => {
    const all = transactionsOf(simulate(20));

    expect(all.some((tx) => tx.scenario === 1)).toBe(true);
    expect(all.every((tx) => tx.scenario !== 1 || tx.amount > 220)).toBe(true);
    expect(all.every((tx) => tx.scenario !== 0 || tx.amount <= 220)).toBe(true);
  });

  test('uses only terminals within the radius', () => {
    const everywhere = new Set(transactionsOf(simulate(30, { ...SMALL, radius: 200 })).map((tx) => tx.terminalId));
    const firstCustomer = transactionsOf(simulate(30, { ...SMALL, radius: 3 })).filter(
      (tx) => tx.customerId === 'c00001',
    );

    expect(everywhere.size).toBeGreaterThan(1_590);
    expect(new Set(firstCustomer.map((tx) => tx.terminalId)).size).toBeLessThan(20);
  });

  test('names an invalid setting', () => {
    expect(() => new TransactionSimulator({ customers: 0 })).toThrow(/customers must be a whole number from 1/);
    expect(() => new TransactionSimulator({ leakedCustomersPerDay: Number.NaN })).toThrow(/leakedCustomersPerDay/);
  });
});

describe('a drift', () => {
  test('does not change earlier days', () => {
    const drifted = simulate(6, SMALL, [{ kind: 'spending', fromDay: 4, factor: 2 }]);

    const baseline = simulate(6);
    expect(drifted.slice(0, 4)).toEqual(baseline.slice(0, 4));
    expect(drifted[4]).not.toEqual(baseline[4]);
  });

  test('of spending multiplies amounts and keeps the fraud share', () => {
    const baseline = transactionsOf(simulate(20));

    const drifted = transactionsOf(simulate(20, SMALL, [{ kind: 'spending', fromDay: 0, factor: 1.5 }]));

    expect(mean(drifted.map((tx) => tx.amount)) / mean(baseline.map((tx) => tx.amount))).toBeCloseTo(1.5, 2);
    expect(fraudShare(drifted)).toBeCloseTo(fraudShare(baseline), 4);
  });

  test('of hours shifts the time of day of every transaction', () => {
    const hourOf = (tx: SimulatedTransaction): number => new Date(tx.occurredAtMs).getUTCHours();
    const drifted = transactionsOf(simulate(10, SMALL, [{ kind: 'hours', fromDay: 0, shiftHours: 12 }])).map(hourOf);
    const baseline = transactionsOf(simulate(10)).map(hourOf);

    const atNight = (hours: readonly number[]): number => mean(hours.map((hour) => Number(hour <= 6)));
    expect(atNight(baseline)).toBeLessThan(0.25);
    expect(atNight(drifted)).toBeGreaterThan(0.35);
  });

  test('of the fraud rate compromises more terminals and cards', () => {
    const drifted = simulate(40, SMALL, [{ kind: 'fraud_rate', fromDay: 20, factor: 5 }]);

    expect(fraudShare(transactionsOf(drifted.slice(30)))).toBeGreaterThan(
      2.5 * fraudShare(transactionsOf(simulate(40).slice(30))),
    );
  });

  test('of card testing adds bursts of small frauds on single cards', () => {
    const drifted = transactionsOf(simulate(10, SMALL, [{ kind: 'card_testing', fromDay: 3, cardsPerDay: 5 }]));

    const tests = drifted.filter((tx) => tx.scenario === 4);
    const cards = new Set(tests.map((tx) => tx.customerId)).size;
    expect(tests.every((tx) => tx.isFraud && tx.amount < 4.01)).toBe(true);
    expect(cards).toBeGreaterThan(15);
    expect(tests.length / cards).toBeGreaterThan(6);
  });

  test('of the radius changes the terminals that customers use', () => {
    const drifted = simulate(40, SMALL, [{ kind: 'radius', fromDay: 20, radius: 30 }]);

    const pairsIn = (days: typeof drifted): number =>
      new Set(transactionsOf(days).map((tx) => `${tx.customerId} ${tx.terminalId}`)).size;
    expect(pairsIn(drifted.slice(20))).toBeGreaterThan(1.5 * pairsIn(drifted.slice(0, 20)));
  });

  test('cannot begin in the past', () => {
    const simulator = new TransactionSimulator(SMALL);
    simulator.nextDay();

    expect(() => simulator.schedule({ kind: 'spending', fromDay: 0, factor: 2 })).toThrow(/whole day from 1 on/);
    expect(() => simulator.schedule({ kind: 'radius', fromDay: 1, radius: -1 })).toThrow(/at least 0/);
  });
});
