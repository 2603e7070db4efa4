import { expect, test } from 'vitest';
import { naiveFeatures } from '../naive-features.js';
import { simulate } from '../traffic.js';
import { type Arrival, expectedFeatures, ORACLE_FEATURES } from './oracle.js';
import { expectationsOf } from './stream.js';

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2025, 0, 6, 12);

test('for rows in order the oracle equals the prefix sums', () => {
  const rows = simulate(45, 60, 80, 3);

  const expectations = expectationsOf(rows);

  const prefixSums = naiveFeatures(rows);
  const differences = rows.flatMap(({ id }) =>
    ORACLE_FEATURES.map((name) => Math.abs(valueOf(expectations.of(id), name) - (prefixSums.get(id)?.[name] ?? NaN))),
  );
  // The means of `naive-features` are divided twice, the oracle's once: the last bit may differ.
  expect(Math.max(...differences)).toBeLessThan(1e-9);
});

test('a late event counts for events that arrive after it; an event beyond the allowed lateness counts for none', () => {
  const rows = [at('a', 0), at('b', 8), at('late', 7), at('c', 8), at('beyond', 0.5), at('d', 8)];

  const expectations = expectedFeatures(rows, []);

  const counts = rows.map(({ id }) => valueOf(expectations.of(id), 'customer_id_nb_tx_30day_window'));
  expect(counts).toEqual([1, 2, 2, 4, 2, 5]);
});

test('of several labels the most trusted one that is available as of the read counts', () => {
  const rows = [at('a', 0), at('b', 7), at('c', 9), at('d', 20)];
  const labels = [
    { id: 'a', isFraud: true, labelledAtMs: START_MS + 8 * DAY_MS, rank: 3 },
    { id: 'a', isFraud: false, labelledAtMs: START_MS + 10 * DAY_MS, rank: 0 },
  ];

  const expectations = expectedFeatures(rows, labels);

  const risks = rows.map(({ id }) => valueOf(expectations.of(id), 'terminal_id_risk_30day_window'));
  expect(risks).toEqual([0, 0, 1, 0]);
});

function at(id: string, days: number): Arrival {
  return { id, atMs: START_MS + days * DAY_MS, customer: 'c', terminal: 't', cents: 100 };
}

function valueOf(values: Float64Array | undefined, name: string): number {
  return values?.[ORACLE_FEATURES.indexOf(name)] ?? Number.NaN;
}
