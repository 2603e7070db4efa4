import { featureStatisticsV1 } from '@fraudflow/contracts';
import { expect, test } from 'vitest';
import { renderHtml } from './html/render-html.js';
import type { FeatureReport, ViewReport } from './read-feature-statistics.js';
import { renderText } from './render-text.js';

const NOW_MS = Date.UTC(2026, 4, 1, 12);

function aFeature(feature: Partial<featureStatisticsV1.FeatureStatistics> = {}): featureStatisticsV1.FeatureStatistics {
  return {
    name: 'tx_amount',
    dtype: 'double',
    count: 990,
    missing: 10,
    mean: 50,
    std: 10,
    min: 1,
    max: 500,
    distribution: { sampled: 100, p05: 5, p50: 46, p95: 135, from: 0, to: 300, counts: [60, 40, 0] },
    ...feature,
  };
}

function aView(view: Partial<ViewReport> = {}): ViewReport {
  return {
    view: 'customer',
    kind: 'stream',
    rows: 1_000,
    rowsPerSecond: 12.5,
    newestEventMs: NOW_MS - 3_000,
    newestWrittenMs: NOW_MS - 1_000,
    lag: { recentRows: 750, p50Ms: 12, p99Ms: 40, maxMs: 55 },
    entities: [
      {
        entity: 'customer_id',
        distinct: 123.4,
        distinctError: 0.008,
        hotKeys: [
          { key: 'c<1>', count: 400, error: 0 },
          { key: 'c2', count: 120, error: 20 },
          { key: 'c3', count: 20, error: 19 },
        ],
      },
    ],
    features: [aFeature()],
    ...view,
  };
}

function aReport(views: ViewReport[]): FeatureReport {
  return { project: 'fraudflow', sinceMs: NOW_MS - 600_000, measuredAtMs: NOW_MS, views };
}

test('the text shows volume, freshness, entities, hot keys and values of a view', () => {
  const text = renderText(aReport([aView()]));

  expect(text).toContain('since 2026-05-01 11:50:00Z (10.0 min)');
  expect(text).toContain('1,000 rows, 12.5 a second in the last minute');
  expect(text).toContain('3.0 s old; last row written 1.0 s ago');
  expect(text).toContain('lag from event to row in the last minute: median 12 ms, 99 % 40 ms, longest 55 ms');
  expect(text).toContain('about 123 different customer_id (± 0.8 %)');
  expect(text).toMatch(/c<1> +400 +40\.0 %/);
  expect(text).toMatch(/c2 +100 to 120 +10\.0 %/);
  expect(text).toMatch(/tx_amount +double +1\.0 % +50 +10 +1 +5 +46 +135 +500/);
});

test('a key whose count is mostly error is not reported as hot', () => {
  expect(renderText(aReport([aView()]))).not.toContain('c3');
  const [entity] = aView().entities;
  const even = aView({
    entities: entity === undefined ? [] : [{ ...entity, hotKeys: [{ key: 'c3', count: 20, error: 19 }] }],
  });

  expect(renderText(aReport([even]))).toContain('none of them is hot');
});

test('the report of a view without rows states only that', () => {
  const text = renderText(aReport([aView({ rows: 0 })]));

  expect(text.split('\n').slice(1)).toEqual(['', 'customer (stream)', '  no rows yet']);
});

test('lags of all rows are labelled as such', () => {
  const old = aView({ lag: { recentRows: 0, p50Ms: 12, p99Ms: 40, maxMs: 55 } });

  expect(renderText(aReport([old]))).toContain('lag from event to row of all rows');
});

test('the page has a plot per feature and loads no external resource', () => {
  const html = renderHtml(
    aReport([aView(), aView({ view: 'terminal', features: [aFeature({ distribution: undefined })] })]),
  );

  expect(html.match(/aria-label="histogram of/g)).toHaveLength(1);
  expect(html).toContain('<title>0 to 100: 60 of 100</title>');
  expect(html).not.toMatch(/<script|<link|<img|@import|url\(|https?:/);
});

test('an empty bin has no height, and a small one is visible', () => {
  const [feature] = [
    aFeature({ distribution: { sampled: 1_001, p05: 0, p50: 0, p95: 0, from: 0, to: 3, counts: [1_000, 1, 0] } }),
  ];
  const html = renderHtml(aReport([aView({ features: [feature] })]));

  const heights = [...html.matchAll(/<rect x="[^"]*" y="[^"]*" width="[^"]*" height="([^"]*)">/g)].map(
    ([, height]) => height,
  );
  expect(heights).toEqual(['36', '1', '0']);
});

test('names and keys cannot inject markup into the page', () => {
  const html = renderHtml(aReport([aView({ features: [aFeature({ name: '<b onload="x">' })] })]));

  expect(html).toContain('c&lt;1&gt;');
  expect(html).not.toContain('<b onload');
});
