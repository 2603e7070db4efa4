import { randomBytes } from 'node:crypto';
import { silentLogger } from '@fraudflow/observability';
import { migrate } from '@fraudflow/postgres';
import pg from 'pg';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { OFFLINE_MIGRATIONS, OFFLINE_SCHEMA } from './offline-schema.js';

let admin: pg.Client;
let pool: pg.Pool;
let name: string;

beforeEach(async () => {
  name = `offline_${randomBytes(6).toString('hex')}`;
  admin = new pg.Client(inject('postgresUrl'));
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  const url = new URL(inject('postgresUrl'));
  url.pathname = name;
  pool = new pg.Pool({ connectionString: url.toString(), max: 2 });
  pool.on('error', () => undefined);
});

afterEach(async () => {
  await pool.end();
  await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
  await admin.end();
});

test('a migration keeps the rows of the previous version and moves those outside 2000 to 2099 to the two shared tables', async () => {
  const former = OFFLINE_MIGRATIONS.filter((migration) => migration.name < '0004');
  await migrate(pool, OFFLINE_SCHEMA, former, silentLogger);
  const times = ['0001-01-10', '1901-01-10', '2018-04-01', '2150-06-01'];
  for (const time of times) {
    await pool.query(`SELECT offline.add_month('labels', $1::timestamptz)`, [`${time} 00:00:00+00`]);
    await pool.query(`SELECT offline.add_month('feature_rows', $1::timestamptz)`, [`${time} 00:00:00+00`]);
    await pool.query(`INSERT INTO offline.labels VALUES ($1::timestamptz, now(), 1, 0, 0, true, $2, 'c', 'm')`, [
      `${time} 00:00:00+00`,
      time,
    ]);
    await pool.query(
      `INSERT INTO offline.feature_rows VALUES ($1::timestamptz, 100, 1, NULL, 0, NULL, 1, 1, 'EUR', $2, 'c', 'm', '{1}')`,
      [`${time} 00:00:00+00`, time],
    );
  }

  await migrate(pool, OFFLINE_SCHEMA, OFFLINE_MIGRATIONS, silentLogger);

  for (const table of ['labels', 'feature_rows']) {
    const { rows } = await pool.query<{ id: string; month: string }>(
      `SELECT transaction_id AS id, tableoid::regclass::text AS month FROM offline.${table} ORDER BY 1`,
    );
    expect(rows.map(({ id, month }) => [id, month])).toEqual([
      ['0001-01-10', `offline.${table}_before_2000`],
      ['1901-01-10', `offline.${table}_before_2000`],
      ['2018-04-01', `offline.${table}_2018_04`],
      ['2150-06-01', `offline.${table}_from_2100`],
    ]);
  }
  const { rows } = await pool.query('SELECT DISTINCT is_late, base_amount_minor FROM offline.transactions');
  expect(rows).toEqual([{ is_late: false, base_amount_minor: null }]);
});
