import { FEATURE_REPOSITORY, featureByName } from '@fraudflow/features';
import { expect, test, vi } from 'vitest';
import { instantFromMs } from '../../values/instant.js';
import type { PushedRowArchive } from '../../pushed/pushed-row-archive.port.js';
import { PushedFeatures } from './pushed-features.js';

const { signal } = new AbortController();

test('a pushed row joins from its event and creation time until the ttl of its view, both ends included', async () => {
  const ttlMs = FEATURE_REPOSITORY.views.find((view) => view.kind === 'pushed')?.ttlMs ?? 0;
  const at = Date.UTC(2026, 0, 1);
  const pushed = (eventMs: number, createdMs: number, limit: number) => ({
    entityKey: 'c1',
    eventAt: instantFromMs(eventMs),
    createdAt: instantFromMs(createdMs),
    values: [limit, 'low', false, null],
  });
  const archive = {
    rowsOf: async function* () {
      yield [pushed(at, at + 5, 100)];
      yield [pushed(at, at + 9, 200)];
    },
  };
  const join = new PushedFeatures(archive as unknown as PushedRowArchive);
  const times = [at + 4, at + 5, at + 8, at + 9, at + ttlMs, at + ttlMs + 1];
  const rows = {
    customerIds: times.map(() => 'c1'),
    terminalIds: times.map(() => null),
    atMs: Float64Array.from(times),
  };

  const columns = await join.join([featureByName('credit_limit')], rows, signal);

  expect(columns.get('credit_limit')).toEqual([null, 100, 100, 200, 200, null]);
});

test('only rows within the ttl are read, page by page, and ids that cannot be stored are not queried', async () => {
  const ttlMs = FEATURE_REPOSITORY.views.find((view) => view.kind === 'pushed')?.ttlMs ?? 0;
  const at = Date.UTC(2026, 0, 1);
  const rowsOf = vi.fn(async function* () {});
  const join = new PushedFeatures({ rowsOf } as unknown as PushedRowArchive);
  const customerIds = ['c1', null, 'a\0b', '\ud800', 'c1'];
  const rows = { customerIds, terminalIds: customerIds, atMs: Float64Array.from(customerIds, (_id, i) => at + i) };

  await join.join([featureByName('credit_limit')], rows, signal);

  const span = { fromMs: at - ttlMs, untilMs: at + 4 };
  expect(rowsOf).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ name: 'customer_profile' }), ['c1'], span);
});
