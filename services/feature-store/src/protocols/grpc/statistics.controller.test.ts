import { featureStatisticsV1 } from '@fraudflow/contracts';
import { FixedClock } from '@fraudflow/core';
import { FEATURE_REPOSITORY, COMPUTED_FEATURES, StreamedFeatures } from '@fraudflow/features';
import { expect, test } from 'vitest';
import { FeatureStatistics } from '../../statistics/feature-statistics.js';
import { StatisticsController } from './statistics.controller.js';

const ALL_STREAMED = new StreamedFeatures('fraud_detection_features_v2');
const NOW_MS = Date.UTC(2026, 4, 1, 12);
const { GetFeatureStatisticsRequest, GetFeatureStatisticsResponse } = featureStatisticsV1;

function aController(rows: number): StatisticsController {
  const statistics = new FeatureStatistics(FEATURE_REPOSITORY, ALL_STREAMED, new FixedClock(NOW_MS));
  const observed = Array.from({ length: rows }, (_, i) => ({
    occurredAtMs: NOW_MS - 100,
    customerId: `c${i}`,
    terminalId: 'm1',
    names: ALL_STREAMED.names,
    vector: new Float64Array(COMPUTED_FEATURES.length),
  }));
  statistics.observe(
    observed,
    observed.map(() => NOW_MS),
  );
  return new StatisticsController(statistics);
}

test('the response is decoded to the same statistics, including missing ones', () => {
  const answer = aController(30).getFeatureStatistics(GetFeatureStatisticsRequest.create({}));

  const read = GetFeatureStatisticsResponse.decode(GetFeatureStatisticsResponse.encode(answer).finish());

  expect(read).toEqual(answer);
  expect(read).toMatchObject({ project: 'fraudflow', sinceMs: NOW_MS, measuredAtMs: NOW_MS });
  expect(read.views.map(({ view, kind }) => `${view} ${kind}`)).toEqual([
    'transaction request',
    'customer stream',
    'terminal stream',
    'customer_profile pushed',
  ]);
  expect(read.views[1]?.entities[0]?.hotKeys).toHaveLength(10);
});

test('views and the number of hot keys can be chosen, within bounds', () => {
  const controller = aController(30);
  const ask = (views: string[], hotKeys: number) =>
    controller.getFeatureStatistics(GetFeatureStatisticsRequest.create({ views, hotKeys })).views;

  expect(ask(['customer'], 25).map(({ view, entities }) => [view, entities[0]?.hotKeys.length])).toEqual([
    ['customer', 25],
  ]);
  expect(() => ask([], 101)).toThrow(expect.objectContaining({ kind: 'invalid_input', field: 'hot_keys' }));
  expect(() => ask([], -1)).toThrow(expect.objectContaining({ kind: 'invalid_input' }));
  expect(() => ask(['x'], 0)).toThrow(expect.objectContaining({ kind: 'not_found' }));
});
