import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runSearch } from '../src/runs/run-search.js';
import { RUN_TABLE } from '../src/runs/adapters/postgres-run.repository.js';
import { parseFilter } from '../src/search/filter-parser.js';
import { parseOrder } from '../src/search/order-parser.js';
import { attributeIn, inExperiments, type Cursor } from '../src/search/search-subject.js';
import { openRegistryDatabase } from '../src/storage/adapters/open-registry-database.js';
import { searchStatement } from '../src/storage/adapters/sql/search-sql.js';
import { startTestPostgres, type TestPostgres } from './test-postgres.js';

// Real: Postgres with 20,000 runs in two experiments, and its query plans.
let postgres: TestPostgres;
let dataSource: DataSource;

const SEED = `
  INSERT INTO experiments VALUES (1, 'one', 'mlflow-artifacts:/1', 'active', 0, 0);
  INSERT INTO runs SELECT md5(i::text), i % 2, 'run', 'ann', 'FINISHED', i, i, 'mlflow-artifacts:/x', 'active' FROM generate_series(1, 20000) i;
  INSERT INTO run_tags SELECT md5(i::text), 'team', 'team-' || i % 500 FROM generate_series(1, 20000) i;
  INSERT INTO run_params SELECT md5(i::text), 'depth', (i % 1000)::text FROM generate_series(1, 20000) i;
  INSERT INTO run_latest_metrics SELECT md5(i::text), 'auc', 1, 0, i / 20000.0 FROM generate_series(1, 20000) i;
  ANALYZE`;

beforeAll(async () => {
  postgres = await startTestPostgres();
  const options = { url: postgres.url, poolSize: 3, schema: postgres.newSchema(), statementTimeoutMs: 60_000 };
  dataSource = await openRegistryDatabase(options);
  await dataSource.query(SEED);
}, 120_000);

afterAll(async () => {
  await dataSource.destroy();
  await postgres.stop();
});

async function planOf(filter: string, orderBy: readonly string[] = [], after?: Cursor): Promise<string> {
  const { sql, values } = searchStatement(RUN_TABLE, {
    comparisons: [inExperiments(['1']), attributeIn('lifecycle_stage', ['active']), ...parseFilter(filter, runSearch)],
    orderings: parseOrder(orderBy, runSearch),
    limit: 100,
    after,
  });
  const rows: Record<string, string>[] = await dataSource.query(`EXPLAIN ${sql}`, [...values]);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

test.each<[string, Cursor | undefined]>([
  ['the first page', undefined],
  ['a later page', [9_001, 'x']],
])('%s of an experiment in the default order are read from an index, without a sort', async (_, after) => {
  const plan = await planOf('', [], after);

  expect(plan).toContain('runs_by_start');
  expect(plan).not.toContain('Sort');
  expect(plan).not.toContain('Seq Scan');
});

test.each(["tags.team = 'team-7'", "params.depth = '7'", 'metrics.auc > 0.999'])(
  'a search for %s uses an index and does not scan a table',
  async (filter) => {
    const plan = await planOf(filter);

    expect(plan).not.toContain('Seq Scan');
    expect(plan).toMatch(/_by_value|runs_by_start/);
  },
);
