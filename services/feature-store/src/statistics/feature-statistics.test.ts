import { FixedClock } from '@fraudflow/core';
import { FEATURE_REPOSITORY, featureIndex, COMPUTED_FEATURES, StreamedFeatures } from '@fraudflow/features';
import { expect, test } from 'vitest';
import type { PushEvents } from '../pushed/push.service.js';
import type { FeatureValue, PushedRow } from '../pushed/pushed-row.js';
import { FeatureStatistics, type StreamRow } from './feature-statistics.js';
import type { FeatureFigures, ViewFigures } from './view-statistics.js';

const ALL_STREAMED = new StreamedFeatures('fraud_detection_features_v2');
const NOW_MS = Date.UTC(2026, 4, 1, 12);
const AMOUNT = featureIndex('tx_amount');

function aRow(row: Partial<StreamRow> & { readonly amount?: number } = {}): StreamRow {
  const vector = new Float64Array(COMPUTED_FEATURES.length);
  vector[AMOUNT] = row.amount ?? 0;
  return { occurredAtMs: NOW_MS, customerId: 'c1', terminalId: 'm1', names: ALL_STREAMED.names, vector, ...row };
}

function someStatistics(): FeatureStatistics {
  return new FeatureStatistics(FEATURE_REPOSITORY, ALL_STREAMED, new FixedClock(NOW_MS));
}

function viewOf(statistics: FeatureStatistics, view: string): ViewFigures {
  return statistics.describe([view], 5)[0] as ViewFigures;
}

function featureOf(statistics: FeatureStatistics, view: string, name: string): FeatureFigures {
  return viewOf(statistics, view).features.find((feature) => feature.name === name) as FeatureFigures;
}

test('a row of the stream counts for every computed view and its entities', () => {
  const statistics = someStatistics();
  const rows = [aRow(), aRow({ customerId: 'c2' }), aRow({ customerId: 'c3' })];

  statistics.observe(rows, [NOW_MS, NOW_MS, NOW_MS]);

  const figures = statistics.describe([], 5);
  expect(figures.map(({ view, flow }) => [view, flow.rows])).toEqual([
    ['transaction', 3],
    ['customer', 3],
    ['terminal', 3],
    ['customer_profile', 0],
  ]);
  expect(figures.map(({ entities }) => entities.map(({ entity, distinct }) => [entity, Math.round(distinct)]))).toEqual(
    [[], [['customer_id', 3]], [['terminal_id', 1]], [['customer_id', 0]]],
  );
  expect(viewOf(statistics, 'terminal').entities[0]?.hotKeys).toEqual([{ key: 'm1', count: 3, error: 0 }]);
});

test('every feature is listed under its view with moments, missing values and quantiles', () => {
  const statistics = someStatistics();
  const amounts = [...Array.from({ length: 100 }, (_, i) => i + 1), Number.NaN];

  statistics.observe(
    amounts.map((amount) => aRow({ amount })),
    amounts.map(() => NOW_MS),
  );

  const figures = featureOf(statistics, 'transaction', 'tx_amount');
  expect(figures).toMatchObject({ count: 100, missing: 1, min: 1, max: 100, dtype: 'double' });
  expect(figures.mean).toBeCloseTo(50.5, 10);
  expect(figures.std).toBeCloseTo(Math.sqrt((100 ** 2 - 1) / 12), 10);
  expect(figures.distribution).toMatchObject({ sampled: 100, p50: 50.5 });
  expect(figures.distribution?.counts.reduce((sum, count) => sum + count, 0)).toBe(100);
  for (const { name, features } of FEATURE_REPOSITORY.views) {
    expect(viewOf(statistics, name).features.map((feature) => feature.name)).toEqual(features.map((f) => f.name));
  }
});

test('the lag is append time minus event time, and the rate is that of the last minute', () => {
  const statistics = someStatistics();
  const written = Array.from({ length: 60 }, (_, i) => NOW_MS - 30_000 + i * 500);

  statistics.observe(
    written.map((at) => aRow({ occurredAtMs: at - 200 })),
    written,
  );

  const { flow } = viewOf(statistics, 'customer');
  expect(flow.rowsPerSecond).toBeCloseTo(2, 5);
  expect(flow.lag).toMatchObject({ recentRows: 60, maxMs: 200 });
  expect(flow.lag.p50Ms / 200).toBeCloseTo(1, 1);
  expect(flow).toMatchObject({ newestEventMs: NOW_MS - 700, newestWrittenMs: NOW_MS - 500 });
});

test('a worker that counts for less than a minute divides by its counting time', () => {
  const clock = new FixedClock(NOW_MS);
  const statistics = new FeatureStatistics(FEATURE_REPOSITORY, ALL_STREAMED, clock);
  clock.advance(20_000);

  statistics.observe([aRow(), aRow()], [NOW_MS + 19_000, NOW_MS + 19_500]);

  expect(viewOf(statistics, 'customer').flow.rowsPerSecond).toBeCloseTo(0.1, 10);
});

test('rows older than a minute leave the rate, and their lags stay until newer rows arrive', () => {
  const clock = new FixedClock(NOW_MS);
  const statistics = new FeatureStatistics(FEATURE_REPOSITORY, ALL_STREAMED, clock);
  statistics.observe([aRow({ occurredAtMs: NOW_MS - 5 })], [NOW_MS]);

  clock.advance(90_000);

  expect(viewOf(statistics, 'customer').flow).toMatchObject({ rows: 1, rowsPerSecond: 0 });
  expect(viewOf(statistics, 'customer').flow.lag).toEqual({ recentRows: 0, p50Ms: 5, p99Ms: 5, maxMs: 5 });
});

test('neither an event ahead of the broker nor a view without rows has a lag', () => {
  const statistics = someStatistics();
  expect(viewOf(statistics, 'customer').flow.lag).toMatchObject({
    recentRows: 0,
    p50Ms: Number.NaN,
    maxMs: Number.NaN,
  });

  statistics.observe([aRow({ occurredAtMs: NOW_MS + 60_000 })], [NOW_MS]);

  expect(viewOf(statistics, 'customer').flow.lag).toEqual({ recentRows: 1, p50Ms: 0, p99Ms: 0, maxMs: 0 });
});

const PROFILE: readonly FeatureValue[] = [2_500, 'gold', true, null];

function aPushedRow(entityKey: string, values = PROFILE): PushedRow {
  const seconds = NOW_MS / 1_000;
  return { entityKey, eventAt: { seconds: seconds - 60, nanos: 0 }, createdAt: { seconds, nanos: 0 }, values };
}

test('pushed rows count for their view only; text has missing values but no moments', () => {
  const statistics = someStatistics();

  statistics.observePushed('customer_profile', [
    aPushedRow('c1'),
    aPushedRow('c2', [null, null, false, BigInt(NOW_MS / 1_000)]),
  ]);
  statistics.observePushed('customer', [aPushedRow('c1')]);

  const view = viewOf(statistics, 'customer_profile');
  expect(view.flow).toMatchObject({ rows: 2, lag: { maxMs: 60_000 } });
  expect(Math.round(view.entities[0]?.distinct ?? 0)).toBe(2);
  const [limit, segment, isBusiness, openedAt] = view.features;
  expect(limit).toMatchObject({ count: 1, missing: 1, mean: 2_500 });
  expect(segment).toMatchObject({ count: 1, missing: 1, mean: Number.NaN, distribution: undefined });
  expect(isBusiness).toMatchObject({ count: 2, mean: 0.5, distribution: { counts: [1, 1], from: -0.5, to: 1.5 } });
  expect(openedAt).toMatchObject({ count: 1, mean: NOW_MS / 1_000 });
  expect(viewOf(statistics, 'customer').flow.rows).toBe(0);
});

test('pushes are counted and reported', () => {
  const reported: string[] = [];
  const events: PushEvents = {
    pushRequested: (source) => reported.push(source),
    pushed: (view, target, rows) => reported.push(`${view} ${target} ${rows.length}`),
  };
  const statistics = someStatistics();
  const listener = statistics.decorate(events);

  listener.pushRequested('customer_profile_push', 'online');
  listener.pushed('customer_profile', 'online', [aPushedRow('c1')], undefined);

  expect(reported).toEqual(['customer_profile_push', 'customer_profile online 1']);
  expect(viewOf(statistics, 'customer_profile').flow.rows).toBe(1);
});

test('an unknown view is reported to the caller', () => {
  expect(() => someStatistics().describe(['custmer'], 5)).toThrow(
    expect.objectContaining({ kind: 'not_found', code: 'FEATURE_VIEW_UNKNOWN' }),
  );
});
