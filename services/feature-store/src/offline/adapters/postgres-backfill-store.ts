import { randomBytes } from 'node:crypto';
import { conflict, failedPrecondition, notFound } from '@fraudflow/core';
import type { FeatureServiceDefinition } from '@fraudflow/features';
import { copyRows, inTransaction, sqlStateOf } from '@fraudflow/postgres';
import type pg from 'pg';
import {
  type Backfill,
  type BackfilledRow,
  type BackfillState,
  BackfillStore,
} from '../../backfill/backfill-store.port.js';
import { FeatureLayouts, LayoutProjection } from './feature-layouts.js';
import { OFFLINE_SCHEMA as S } from './offline-schema.js';

const ms = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::bigint`;
const COLUMNS = `id, feature_service, feature_service_version, state, ${ms('from_at')} AS from_ms, ${ms('to_at')} AS to_ms,
  ${ms('watermark')} AS watermark_ms, rows_done, rows_total, problem`;
const UNIQUE_VIOLATION = '23505';
const LOCK_NOT_AVAILABLE = '55P03';
const DROP_TIMEOUT = '2s';

interface BackfillRecord {
  id: string;
  feature_service: string;
  feature_service_version: number;
  state: BackfillState;
  from_ms: number;
  to_ms: number;
  watermark_ms: number;
  rows_done: number;
  rows_total: number;
  problem: string;
}

interface Extent {
  readonly from_at: Date | null;
  readonly to_at: Date;
  readonly rows: number;
}

/** Backfills in Postgres. Each backfill has a separate table of values, which is dropped as a whole. */
export class PostgresBackfillStore extends BackfillStore {
  private readonly layouts: FeatureLayouts;

  constructor(private readonly pool: pg.Pool) {
    super();
    this.layouts = new FeatureLayouts(pool);
  }

  async begin(service: FeatureServiceDefinition): Promise<Backfill> {
    const running = await this.select(`feature_service = $1 AND feature_service_version = $2 AND state = 'running'`, [
      service.name,
      service.version,
    ]);
    if (running[0] !== undefined) return running[0];
    const names = service.features.map(({ name }) => name);
    const extent = await this.extentOf(names);
    if (extent.from_at === null) {
      throw failedPrecondition(`every stored row has all features of ${service.name}`, { code: 'NOTHING_TO_BACKFILL' });
    }
    try {
      return await this.insert(service, extent, await this.layouts.idOf(names));
    } catch (thrown) {
      // Another worker began it concurrently.
      if ((thrown as { code?: unknown }).code === UNIQUE_VIOLATION) return this.begin(service);
      throw thrown;
    }
  }

  async get(id: string): Promise<Backfill> {
    const [found] = await this.select('id = $1', [id]);
    if (found === undefined)
      throw notFound(`backfill "${id}" does not exist`, { code: 'BACKFILL_UNKNOWN', field: 'id' });
    return found;
  }

  list(): Promise<readonly Backfill[]> {
    return this.select('true', []);
  }

  /** The claim is an advisory lock of a connection, so it ends when the worker dies. */
  async claim(id: string): Promise<(() => Promise<void>) | undefined> {
    const client = await this.pool.connect();
    const lock = `hashtext('fraudflow.offline.backfill'), hashtext($1)`;
    const ignore = (): void => undefined;
    client.on('error', ignore);
    const releaseClient = (): void => {
      client.off('error', ignore);
      client.release(true);
    };
    try {
      const { rows } = await client.query<{ taken: boolean }>(`SELECT pg_try_advisory_lock(${lock}) AS taken`, [id]);
      if (rows[0]?.taken === true) return async () => releaseClient();
    } catch (thrown) {
      releaseClient();
      throw thrown;
    }
    releaseClient();
    return undefined;
  }

  async extend(backfill: Backfill): Promise<Backfill> {
    const { rows } = await this.pool.query<{ names: string[] }>(
      `SELECT names FROM ${S}.feature_layouts JOIN ${S}.backfills USING (layout) WHERE id = $1`,
      [backfill.id],
    );
    const extent = await this.extentOf(rows[0]?.names ?? []);
    if (extent.from_at === null) return backfill;
    await this.pool.query(
      `UPDATE ${S}.backfills SET to_at = greatest(to_at, $2), rows_total = greatest(rows_total, $3) WHERE id = $1 AND state = 'running'`,
      [backfill.id, extent.to_at, extent.rows],
    );
    return this.get(backfill.id);
  }

  async save(backfill: Backfill, rows: readonly BackfilledRow[], watermarkMs: number): Promise<Backfill> {
    await inTransaction(this.pool, async (client) => {
      const { rowCount } = await client.query(
        `UPDATE ${S}.backfills SET watermark = $2, rows_done = rows_done + $3
         WHERE id = $1 AND state = 'running' AND rows_done = $4`,
        [backfill.id, new Date(watermarkMs), rows.length, backfill.rowsDone],
      );
      if (rowCount !== 1)
        throw conflict(`backfill ${backfill.id} was moved by another worker or is not running: read its state again`, {
          code: 'BACKFILL_MOVED',
        });
      const target = `${S}.${tableOf(backfill.id)} (log_offset, log_partition, backfill, features)`;
      await copyRows(client, target, rows, (copy, { place, values }) => {
        copy.row(4).int8(place.logOffset).int4(place.logPartition).text(backfill.id).float8Array(values);
      });
    });
    return this.get(backfill.id);
  }

  async activate({ id, featureService, featureServiceVersion }: Backfill): Promise<void> {
    const key = [featureService, featureServiceVersion];
    let former: string | undefined;
    await inTransaction(this.pool, async (client) => {
      const ended = await client.query(
        `UPDATE ${S}.backfills SET state = 'active' WHERE id = $1 AND state = 'running'`,
        [id],
      );
      if (ended.rowCount !== 1)
        throw conflict(`backfill ${id} is not running: read its state again`, { code: 'BACKFILL_MOVED' });
      const { rows } = await client.query<{ backfill: string }>(
        `SELECT backfill FROM ${S}.active_backfills WHERE feature_service = $1 AND feature_service_version = $2`,
        key,
      );
      await client.query(
        `INSERT INTO ${S}.active_backfills VALUES ($1, $2, $3)
         ON CONFLICT (feature_service, feature_service_version) DO UPDATE SET backfill = $3`,
        [...key, id],
      );
      former = rows[0]?.backfill;
      if (former !== undefined) {
        await client.query(`UPDATE ${S}.backfills SET state = 'cancelled' WHERE id = $1`, [former]);
      }
    });
    await this.dropUnused();
  }

  /**
   * Drops the values of ended backfills. A running read holds a lock on its table, and a waiting DROP blocks all later
   * readers. So each DROP has a short lock timeout and is retried on the next call.
   */
  private async dropUnused(): Promise<void> {
    const { rows } = await this.pool.query<{ id: string }>(
      `SELECT id FROM ${S}.backfills WHERE state NOT IN ('running', 'active')
         AND to_regclass('${S}.backfill_values_' || id) IS NOT NULL`,
    );
    for (const { id } of rows) {
      try {
        await inTransaction(this.pool, async (client) => {
          await client.query(`SET LOCAL lock_timeout TO '${DROP_TIMEOUT}'`);
          await client.query(`DROP TABLE IF EXISTS ${S}.${tableOf(id)}`);
        });
      } catch (thrown) {
        if (sqlStateOf(thrown) !== LOCK_NOT_AVAILABLE) throw thrown;
      }
    }
  }

  async end(id: string, state: 'cancelled' | 'failed', problem: string): Promise<Backfill> {
    await this.get(id);
    await this.pool.query(`UPDATE ${S}.backfills SET state = $2, problem = $3 WHERE id = $1 AND state = 'running'`, [
      id,
      state,
      problem,
    ]);
    await this.dropUnused();
    return this.get(id);
  }

  private async insert(service: FeatureServiceDefinition, extent: Extent, layout: number): Promise<Backfill> {
    const id = randomBytes(6).toString('hex');
    await inTransaction(this.pool, async (client) => {
      await client.query(
        `INSERT INTO ${S}.backfills (id, feature_service, feature_service_version, layout, state, from_at, to_at, watermark, rows_total)
         VALUES ($1, $2, $3, $4, 'running', $5, $6, $5::timestamptz - interval '1 millisecond', $7)`,
        [id, service.name, service.version, layout, extent.from_at, extent.to_at, extent.rows],
      );
      const table = `${S}.${tableOf(id)}`;
      await client.query(`CREATE TABLE ${table} PARTITION OF ${S}.backfill_values FOR VALUES IN ('${id}')`);
      await client.query(`CREATE UNIQUE INDEX ON ${table} (log_partition, log_offset)`);
    });
    return this.get(id);
  }

  /** Event-time range of the rows that lack one of these features, and the number of rows in the range. */
  private async extentOf(names: readonly string[]): Promise<Extent> {
    const { lacking } = new LayoutProjection(await this.layouts.all(), names);
    const { rows } = await this.pool.query<Extent>(
      `WITH extent AS (SELECT min(occurred_at) AS from_at, max(occurred_at) + interval '1 millisecond' AS to_at
         FROM ${S}.feature_rows WHERE layout = ANY($1::smallint[]))
       SELECT from_at, to_at, (SELECT count(*) FROM ${S}.feature_rows WHERE occurred_at >= from_at AND occurred_at < to_at) AS rows
       FROM extent`,
      [lacking],
    );
    return rows[0] ?? { from_at: null, to_at: new Date(0), rows: 0 };
  }

  private async select(where: string, values: readonly unknown[]): Promise<readonly Backfill[]> {
    const sql = `SELECT ${COLUMNS} FROM ${S}.backfills WHERE ${where} ORDER BY started_at DESC, id`;
    const { rows } = await this.pool.query<BackfillRecord>(sql, [...values]);
    return rows.map((row) => ({
      id: row.id,
      featureService: row.feature_service,
      featureServiceVersion: row.feature_service_version,
      state: row.state,
      fromMs: row.from_ms,
      toMs: row.to_ms,
      watermarkMs: row.watermark_ms,
      rowsDone: row.rows_done,
      rowsTotal: row.rows_total,
      problem: row.problem,
    }));
  }
}

/** Table of a backfill's values. Ids are generated in hexadecimal; any other id is unknown. */
export function tableOf(id: string): string {
  if (!/^[0-9a-f]+$/.test(id))
    throw notFound(`backfill "${id}" does not exist`, { code: 'BACKFILL_UNKNOWN', field: 'id' });
  return `backfill_values_${id}`;
}
