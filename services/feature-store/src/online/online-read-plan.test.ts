import { expect, test } from 'vitest';
import type { EntityRows } from './entity-rows.js';
import { MAX_GROUP_ROWS, planOnlineReads } from './online-read-plan.js';

const rowsOf = (customers: readonly string[], change: Partial<EntityRows> = {}): EntityRows => ({
  rowCount: customers.length,
  entities: [
    { name: 'customer_id', ids: customers },
    { name: 'terminal_id', ids: customers.map(() => 'm') },
  ],
  atMs: undefined,
  amountMinor: undefined,
  transactionIds: undefined,
  ...change,
});

test('entities that the selection does not need are not read', () => {
  const { groups } = planOnlineReads(rowsOf(['a']), ['customer_id']);

  expect(groups).toEqual([{ asOfMs: 0, rows: [{ customerId: 'a', terminalId: '', transaction: undefined }] }]);
});

test('rows with a request transaction are never merged, even for one entity', () => {
  const rows = rowsOf(['a', 'a'], { atMs: Float64Array.of(5, 5), amountMinor: Float64Array.of(1, 2) });

  expect(planOnlineReads(rows, ['customer_id']).groups[0]?.rows).toHaveLength(2);
});

test('a large request is split into groups, and each row keeps the place of its result', () => {
  const customers = Array.from({ length: 2 * MAX_GROUP_ROWS + 300 }, (_, i) => `c${i % (MAX_GROUP_ROWS + 100)}`);

  const { groups, groupOf, placeOf } = planOnlineReads(rowsOf(customers), ['customer_id']);

  expect(groups.map(({ rows }) => rows.length)).toEqual([MAX_GROUP_ROWS, 100]);
  expect(customers.map((_, i) => groups[groupOf[i] ?? -1]?.rows[placeOf[i] ?? -1]?.customerId)).toEqual(customers);
});

test('the same entity at two times takes two reads', () => {
  const { groups } = planOnlineReads(rowsOf(['a', 'a', 'a'], { atMs: Float64Array.of(5, 6, 5) }), ['customer_id']);

  expect(groups.map(({ asOfMs, rows }) => [asOfMs, rows.length])).toEqual([
    [5, 1],
    [6, 1],
  ]);
});
