import { type CurrencyRate, currencyRatesTopic } from '@fraudflow/contracts';
import { RateTable } from '@fraudflow/core';
import { silentLogger } from '@fraudflow/observability';
import { afterEach, expect, test, vi } from 'vitest';
import { ensureTopics } from '../admin/topics.js';
import { MemoryBus } from '../memory/memory-bus.js';
import { EventProducer } from '../producer/event-producer.js';
import { rateFollower } from './currency-rates.js';

const DAY_MS = 86_400_000;
const AT = '2026-01-05T00:00:00.000Z';
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

const aRate = (changes: Partial<CurrencyRate> = {}): CurrencyRate => ({
  currency: 'USD',
  base_currency: 'EUR',
  rate: '0.9213',
  effective_at: AT,
  ...changes,
});

async function aTopic() {
  const bus = new MemoryBus();
  const { admin } = bus;
  await ensureTopics(admin, [currencyRatesTopic], { partitions: 3 });
  const producer = new EventProducer(bus);
  const table = new RateTable();
  const follower = rateFollower(table, { admin, logger: silentLogger, idleMs: 1 });
  open.push(() => follower.stop());
  const send = (...rates: CurrencyRate[]) =>
    producer.send(
      currencyRatesTopic,
      rates.map((value) => ({ value })),
    );
  const sendRaw = (key: string, value: string | null) =>
    producer.raw.write([{ topic: currencyRatesTopic.name, partition: 0, key, value, headers: [] }]);
  const rateNow = (): string | undefined => table.at('USD', 'EUR', Date.parse(AT), DAY_MS)?.text;
  return { admin, table, follower, send, sendRaw, rateNow };
}

test('the table contains all records of the topic after the follower has started', async () => {
  const { follower, send, rateNow, table } = await aTopic();
  await send(aRate(), aRate({ rate: '0.93' }), aRate({ currency: 'JPY', rate: '0.0058' }));

  await follower.start();

  expect(rateNow()).toBe('0.93');
  expect(table.size).toBe(2);
});

test('later rates, corrections and deletions follow', async () => {
  const { follower, send, sendRaw, rateNow } = await aTopic();
  await follower.start();

  await send(aRate());
  await vi.waitFor(() => expect(rateNow()).toBe('0.9213'));
  await send(aRate({ rate: '0.5' }));
  await vi.waitFor(() => expect(rateNow()).toBe('0.5'));
  await sendRaw(currencyRatesTopic.keyOf(aRate()), null);
  await vi.waitFor(() => expect(rateNow()).toBeUndefined());
});

test('records that are not rates are skipped', async () => {
  const { follower, send, sendRaw, rateNow } = await aTopic();
  await sendRaw('x', 'no json');
  await sendRaw('x', JSON.stringify({ ...aRate(), rate: '0' }));
  await sendRaw('no key', null);
  await send(aRate());

  await follower.start();

  expect(rateNow()).toBe('0.9213');
});

test('a log that cannot be read temporarily is read later', async () => {
  const { admin, follower, send, rateNow } = await aTopic();
  await send(aRate());
  const read = vi.spyOn(admin, 'offsets').mockRejectedValue(new Error('no broker'));

  const started = follower.start();
  await vi.waitFor(() => expect(follower.health().ok).toBe(false));
  read.mockRestore();
  await started;

  expect(follower.health().ok).toBe(true);
  expect(rateNow()).toBe('0.9213');
});
