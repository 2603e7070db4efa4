import { DAY_MS } from '@fraudflow/core';
import { CustomerState, featureIndex, idHash, StreamedFeatures, TerminalState } from '@fraudflow/features';
import { noAnswer, type StoredValues } from '@fraudflow/redis';
import { expect, test } from 'vitest';
import { aTransaction, NOW_MS } from '../../../test/support/a-scorer.js';
import { RedisFeatureReader } from './redis-feature-reader.js';

const STREAMED = new StreamedFeatures('fraud_detection_features');

/** A Redis with the keys that the stages of the feature store write, for one partition. */
class FakeRedis {
  readonly values = new Map<string, Buffer>();

  async read<T>(keys: readonly string[], use: (values: StoredValues) => T): Promise<T> {
    return use(keys.map((key) => this.values.get(key) ?? null));
  }
}

function aRedisWithHistory(): FakeRedis {
  const redis = new FakeRedis();
  const customer = CustomerState.empty();
  const terminal = TerminalState.empty();
  customer.apply({ idHash: idHash('before'), occurredAtMs: NOW_MS - 3_600_000, amountMinor: 10_00 });
  const earlier = { idHash: idHash('old'), occurredAtMs: NOW_MS - 8 * DAY_MS, amountMinor: 5_00 };
  terminal.apply(earlier);
  redis.values.set('ff:{customer:0}:s:c1', Buffer.from(customer.encode()));
  redis.values.set('ff:{terminal:0}:s:m1', Buffer.from(terminal.encode()));
  redis.values.set('ff:{customer:0}:complete', Buffer.from('1'));
  redis.values.set('ff:{terminal:0}:complete', Buffer.from('1'));
  return redis;
}

test("features combine the stored states with the request's transaction", async () => {
  const reader = new RedisFeatureReader(aRedisWithHistory(), 1, STREAMED);

  const { vector, isStale } = await reader.read(aTransaction({ amountMinor: 30_00 }));

  const feature = (name: string): number | undefined => vector[featureIndex(name)];
  expect(feature('tx_amount')).toBe(30);
  expect(feature('customer_id_nb_tx_1day_window')).toBe(2);
  expect(feature('customer_id_avg_amount_1day_window')).toBe(20);
  expect(feature('terminal_id_nb_tx_7day_window')).toBe(1);
  expect(isStale).toBe(false);
});

test("the windows of unknown entities contain only the request's transaction", async () => {
  const reader = new RedisFeatureReader(aRedisWithHistory(), 1, STREAMED);

  const { vector, isStale } = await reader.read(aTransaction({ customerId: 'new', terminalId: 'new' }));

  expect(vector[featureIndex('customer_id_nb_tx_30day_window')]).toBe(1);
  expect(vector[featureIndex('terminal_id_nb_tx_30day_window')]).toBe(0);
  expect(isStale).toBe(false);
});

test('a reading is marked as stale while lost state is being rebuilt', async () => {
  const redis = aRedisWithHistory();
  redis.values.delete('ff:{terminal:0}:complete');

  const { isStale } = await new RedisFeatureReader(redis, 1, STREAMED).read(aTransaction());

  expect(isStale).toBe(true);
});

test('an unreachable store is reported as unavailable, and a corrupt state is not treated as empty', async () => {
  const refused = () => Promise.reject(noAnswer('connection refused'));
  const away = new RedisFeatureReader({ read: refused }, 1, STREAMED);
  const corrupt = aRedisWithHistory();
  corrupt.values.set('ff:{customer:0}:s:c1', Buffer.from('garbage of some length'));

  await expect(away.read(aTransaction())).rejects.toMatchObject({ kind: 'unavailable', code: 'STATE_UNREACHABLE' });
  await expect(new RedisFeatureReader(corrupt, 1, STREAMED).read(aTransaction())).rejects.toMatchObject({
    code: 'STATE_CORRUPT',
  });
});

test('a transaction whose id is stored with another amount counts as another transaction', async () => {
  const reader = new RedisFeatureReader(aRedisWithHistory(), 1, STREAMED);
  const resubmitted = { occurredAtMs: NOW_MS - 3_600_000, amountMinor: 50_00 };
  const namesOf = ['customer_id_nb_tx_1day_window', 'customer_id_avg_amount_1day_window'];

  const readings = [];
  for (const transactionId of ['before', 'fresh']) {
    const { vector } = await reader.read(aTransaction({ ...resubmitted, transactionId }));
    readings.push(namesOf.map((name) => vector[featureIndex(name)]));
  }

  expect(readings).toEqual([
    [2, 30],
    [2, 30],
  ]);
});

test('features of an amount in another currency use its base amount', async () => {
  const reader = new RedisFeatureReader(aRedisWithHistory(), 1, STREAMED);
  const converted = { amountMinor: 30_00, currency: 'EUR', rate: '0.006' };

  const { vector } = await reader.read(aTransaction({ amountMinor: 5_000, currency: 'JPY', converted }));

  expect(vector[featureIndex('customer_id_avg_amount_1day_window')]).toBe(20);
});
