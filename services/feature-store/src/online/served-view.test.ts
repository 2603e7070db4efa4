import { expect, test } from 'vitest';
import { aPushedView, NOW_MS } from '../../test/serving-fixture.js';
import type { EntityRows } from './entity-rows.js';
import { instantFromMs } from '../values/instant.js';
import type { PushedRow } from '../pushed/pushed-row.js';
import { FIELD_STATUS, servedValue } from './served-features.js';
import { servePushedView } from './served-view.js';

const TTL_MS = 1_000;
const rowsAsOf = (...atMs: readonly number[]): EntityRows => ({
  rowCount: atMs.length,
  entities: [{ name: 'customer_id', ids: atMs.map(() => 'c1') }],
  atMs: Float64Array.from(atMs),
  amountMinor: undefined,
  transactionIds: undefined,
});
const storedAt = (ms: number): PushedRow => ({
  entityKey: 'c1',
  eventAt: instantFromMs(ms),
  createdAt: instantFromMs(ms),
  values: [5, null, null, null],
});

test.each([
  ['null', FIELD_STATUS.outsideMaxAge, null],
  ['flag', FIELD_STATUS.outsideMaxAge, 5],
  ['ignore', FIELD_STATUS.present, 5],
] as const)('a view of policy %s answers a value beyond its ttl by it', (policy, status, value) => {
  const view = aPushedView(TTL_MS, policy);

  const served = servePushedView(view, rowsAsOf(0), [storedAt(NOW_MS - TTL_MS - 1)], NOW_MS);

  expect(served.statuses[0]).toBe(status);
  expect(servedValue(served, 0, 0)).toBe(value);
  expect(served.eventSeconds[0]).toBe(Math.floor((NOW_MS - TTL_MS - 1) / 1_000));
});

test('a value exactly as old as its ttl is still valid', () => {
  const served = servePushedView(aPushedView(TTL_MS, 'null'), rowsAsOf(0), [storedAt(NOW_MS - TTL_MS)], NOW_MS);

  expect(served.statuses[0]).toBe(FIELD_STATUS.present);
});

test('the age is measured at the event time of the row, if it has one', () => {
  const stored = storedAt(5_000);

  const served = servePushedView(
    aPushedView(TTL_MS, 'null'),
    rowsAsOf(6_000, 6_001, 4_000),
    [stored, stored, stored],
    NOW_MS,
  );

  expect(Array.from(served.statuses)).toEqual([FIELD_STATUS.present, FIELD_STATUS.outsideMaxAge, FIELD_STATUS.present]);
});

test('a ttl of 0 means no age limit', () => {
  const served = servePushedView(aPushedView(0, 'null'), rowsAsOf(0), [storedAt(1)], NOW_MS);

  expect(servedValue(served, 0, 0)).toBe(5);
});
