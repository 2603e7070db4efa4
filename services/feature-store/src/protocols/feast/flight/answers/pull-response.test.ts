import { RecordBatch, Table } from 'apache-arrow';
import { expect, test } from 'vitest';
import { FakeViewHistory } from '../../../../../test/fake-history.js';
import type { PullCommand } from '../wire/commands.js';
import { pullResponse } from './pull-response.js';
import type { ViewRows } from '../columns/view-history.port.js';

const DAY_NS = 86_400_000_000_000n;
const signal = new AbortController().signal;

function history(pages: readonly ViewRows[]): FakeViewHistory {
  const fake = new FakeViewHistory();
  fake.pages = pages;
  return fake;
}

const page = (ids: readonly string[], days: readonly bigint[], limits: readonly (number | null)[]): ViewRows => ({
  entityIds: [ids],
  eventNanos: BigInt64Array.from(days, (day) => day * DAY_NS + 1n),
  values: [limits],
});

const command = (part: Partial<PullCommand> = {}): PullCommand => ({
  api: 'pull_all_from_table_or_query',
  data_source_name: 'customer_profile_history',
  join_key_columns: ['customer_id'],
  feature_name_columns: ['credit_limit'],
  timestamp_field: 'event_timestamp',
  start_date: '2026-01-01T00:00:00',
  end_date: '2026-02-01T00:00:00+00:00',
  ...part,
});

async function tableOf(fake: FakeViewHistory, pull: PullCommand, maxRows = 100): Promise<Table> {
  const { schema, batches } = pullResponse(fake, pull, maxRows, signal);
  const made: RecordBatch[] = [];
  for await (const batch of batches) made.push(batch);
  return made.length === 0 ? new Table(schema) : new Table(made);
}

test('a history is returned page by page with the requested columns and with nanoseconds', async () => {
  const fake = history([page(['a', 'b'], [1n, 2n], [10.5, null]), page(['a'], [3n], [12])]);

  const table = await tableOf(fake, command());

  expect(table.schema.names).toEqual(['customer_id', 'credit_limit', 'event_timestamp']);
  expect(table.getChild('customer_id')?.toJSON()).toEqual(['a', 'b', 'a']);
  expect(table.getChild('credit_limit')?.toJSON()).toEqual([10.5, null, 12]);
  expect(table.getChild('event_timestamp')?.data.map(({ values }) => values as unknown)).toEqual([
    BigInt64Array.of(DAY_NS + 1n, 2n * DAY_NS + 1n),
    BigInt64Array.of(3n * DAY_NS + 1n),
  ]);
});

test('the range includes both ends, and times without a zone are UTC', async () => {
  const fake = history([]);

  await tableOf(fake, command());

  expect(fake.queries[0]).toMatchObject({ fromMs: Date.UTC(2026, 0, 1), toMs: Date.UTC(2026, 1, 1) });
});

test('the newest row of each entity is returned for any page order; of rows with equal times, the last one', async () => {
  const fake = history([page(['a', 'b'], [5n, 2n], [1, 2]), page(['a', 'b'], [4n, 2n], [3, 4])]);

  const table = await tableOf(fake, command({ api: 'pull_latest_from_table_or_query' }));

  expect(table.getChild('customer_id')?.toJSON()).toEqual(['a', 'b']);
  expect(table.getChild('credit_limit')?.toJSON()).toEqual([1, 4]);
});

test('an empty history returns all columns and no rows', async () => {
  const table = await tableOf(history([]), command({ api: 'pull_latest_from_table_or_query' }));

  expect(table.numRows).toBe(0);
  expect(table.schema.names).toContain('credit_limit');
});

test('more rows than allowed fail the call instead of returning a part of them', async () => {
  const fake = history([page(['a', 'b'], [1n, 2n], [1, 2]), page(['c'], [3n], [3])]);

  await expect(tableOf(fake, command(), 2)).rejects.toThrow('more than 2 rows');
});

test.each([
  ['data_source_name', command({ data_source_name: 'nope' }), 'DataSourceObjectNotFoundException'],
  ['feature_name_columns', command({ feature_name_columns: ['nope'] }), 'has no column nope'],
  ['start_date', command({ start_date: 'yesterday' }), 'is not a time'],
])('a wrong %s is refused as invalid input', async (_, pull, text) => {
  await expect(tableOf(history([]), pull)).rejects.toThrow(text);
});

test('the newest rows of a history above the row limit are returned if the entities are within the limit', async () => {
  const many = (from: number, entities: number): ViewRows => {
    const numbers = Array.from({ length: 50 }, (_, i) => from + i);
    return page(
      numbers.map((n) => `c${n % entities}`),
      numbers.map((n) => BigInt(n)),
      numbers,
    );
  };
  const latest = command({ api: 'pull_latest_from_table_or_query' });

  const table = await tableOf(history([many(0, 10), many(50, 10), many(100, 10)]), latest, 10);

  expect(table.numRows).toBe(10);
  expect([...(table.getChild('credit_limit') ?? [])].map(Number).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 10 }, (_, i) => 140 + i),
  );
  await expect(tableOf(history([many(0, 11)]), latest, 10)).rejects.toThrow('more than 10 rows');
});
