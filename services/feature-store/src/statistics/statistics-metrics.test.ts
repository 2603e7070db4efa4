import { FixedClock } from '@fraudflow/core';
import { FEATURE_REPOSITORY, COMPUTED_FEATURES, StreamedFeatures } from '@fraudflow/features';
import { Registry } from '@fraudflow/observability';
import { expect, test } from 'vitest';
import { FeatureStatistics } from './feature-statistics.js';
import { registerStatisticsMetrics } from './statistics-metrics.js';

const ALL_STREAMED = new StreamedFeatures('fraud_detection_features_v2');
const NOW_MS = Date.UTC(2026, 4, 1, 12);

function scraped(): { readonly statistics: FeatureStatistics; readonly scrape: () => Promise<readonly string[]> } {
  const registry = new Registry();
  const statistics = new FeatureStatistics(FEATURE_REPOSITORY, ALL_STREAMED, new FixedClock(NOW_MS));
  registerStatisticsMetrics(statistics, registry);
  return { statistics, scrape: async () => (await registry.metrics()).split('\n') };
}

function observe(statistics: FeatureStatistics, customerId: string, firstValue: number): void {
  const vector = new Float64Array(COMPUTED_FEATURES.length);
  vector[0] = firstValue;
  statistics.observe(
    [{ occurredAtMs: NOW_MS - 1_000, customerId, terminalId: 'm1', names: ALL_STREAMED.names, vector }],
    [NOW_MS],
  );
}

test('counters continue across scrapes, and gauges show the current statistics', async () => {
  const { statistics, scrape } = scraped();
  observe(statistics, 'c1', 10);
  await scrape();
  observe(statistics, 'c2', Number.NaN);

  const lines = await scrape();

  expect(lines).toEqual(
    expect.arrayContaining([
      'feature_store_view_rows_total{feature_view="customer"} 2',
      'feature_store_view_rows_total{feature_view="customer_profile"} 0',
      'feature_store_feature_missing_total{feature_view="transaction",feature="tx_amount"} 1',
      'feature_store_feature_value{feature_view="transaction",feature="tx_amount",statistic="mean"} 10',
      `feature_store_view_newest_event_timestamp_seconds{feature_view="terminal"} ${NOW_MS / 1_000 - 1}`,
      'feature_store_view_lag_seconds{feature_view="terminal",quantile="1"} 1',
      'feature_store_view_hot_key_share{feature_view="customer",entity="customer_id"} 0.5',
    ]),
  );
  expect(lines.some((line) => line.startsWith('feature_store_view_lag_seconds{feature_view="customer_profile"'))).toBe(
    false,
  );
});

test('the number of series is bounded by the definitions for any number of entities', async () => {
  const { statistics, scrape } = scraped();
  observe(statistics, 'c0', 1);
  const before = (await scrape()).length;
  for (let i = 1; i < 3_000; i++) observe(statistics, `c${i}`, i);

  expect((await scrape()).length).toBe(before);
});
