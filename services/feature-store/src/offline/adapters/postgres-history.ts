import { type CopyCursor, inSnapshot, readCopy, sqlStateOf } from '@fraudflow/postgres';
import type pg from 'pg';
import {
  type EventRange,
  History,
  type HistoryEvent,
  type HistoryOrder,
  type ServedRange,
  type ServedRow,
  type TimeRange,
  type TrainingRange,
  type TrainingRow,
} from '../history/history.port.js';
import { mergeEvents } from '../history/merge-events.js';
import { orderInstants } from '../history/order-instants.js';
import { FeatureLayouts, LayoutProjection } from './feature-layouts.js';
import { readLabel, readServedRow, readTrainingRow, readTransaction, StoredValues } from './history-rows.js';
import {
  COUNT_LABELS_SQL,
  countRowsSql,
  labelsInForceSql,
  labelsSql,
  lacksLayoutsSql,
  servedBeforeSql,
  servedRowsSql,
  trainingRowsSql,
  transactionsSql,
} from './history-sql.js';
import { LabelsInForce } from './labels-in-force.js';
import { type MonthIndexes, NO_INDEXES } from './month-indexes.js';
import { OFFLINE_SCHEMA as S } from './offline-schema.js';
import { tableOf } from './postgres-backfill-store.js';

const BATCH_ROWS = 2_000;
/**
 * `work_mem` bounds the sort by arrival, which spills to disk beyond it. Parallel workers are off, so a reader uses one
 * core.
 */
const SETTINGS = [
  "SET LOCAL work_mem TO '64MB'",
  'SET LOCAL jit TO off',
  'SET LOCAL max_parallel_workers_per_gather TO 0',
];

const ACTIVE_BACKFILLS = `SELECT id, layout FROM ${S}.active_backfills JOIN ${S}.backfills ON id = backfill ORDER BY started_at DESC`;

/** SQLSTATE of a missing table (undefined_table). */
const NO_TABLE = '42P01';
const ATTEMPTS = 3;

type Reader<T> = (client: pg.PoolClient) => AsyncIterable<T>;

/** The history in Postgres. Every read is one or two binary COPY streams from one snapshot. */
export class PostgresHistory extends History {
  constructor(
    private readonly pool: pg.Pool,
    private readonly indexes: Pick<MonthIndexes, 'ensure'> = NO_INDEXES,
  ) {
    super();
  }

  async countLabels(): Promise<number> {
    return (await this.pool.query<{ count: number }>(COUNT_LABELS_SQL)).rows[0]?.count ?? 0;
  }

  async countRows(range: ServedRange): Promise<number> {
    return (await this.pool.query<{ count: number }>(countRowsSql(range))).rows[0]?.count ?? 0;
  }

  async lacksFeatures(range: TimeRange, features: readonly string[]): Promise<boolean> {
    const { lacking, filled } = await projectionOf(this.pool, features);
    if (lacking.length === 0) return false;
    const sql = lacksLayoutsSql(range, lacking, filled?.table);
    return (await this.pool.query<{ lacks: boolean }>(sql)).rows[0]?.lacks ?? false;
  }

  trainingRows(
    range: TrainingRange,
    features: readonly string[],
    signal: AbortSignal,
  ): AsyncGenerator<readonly TrainingRow[]> {
    return this.read(signal, async function* (client) {
      const projection = await projectionOf(client, features);
      const labels = await readLabelsInForce(client, range);
      const stored = new StoredValues(projection);
      const decode = (row: CopyCursor): TrainingRow => readTrainingRow(row, stored, labels);
      yield* readCopy(client, trainingRowsSql(range, projection.filled?.table), decode, BATCH_ROWS);
    });
  }

  servedRows(
    range: ServedRange,
    features: readonly string[],
    ids: readonly string[] | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<readonly ServedRow[]> {
    return this.read(signal, async function* (client) {
      const projection = await projectionOf(client, features);
      const stored = new StoredValues(projection);
      const sql = servedRowsSql(range, ids, projection.filled?.table);
      yield* readCopy(client, sql, (row) => readServedRow(row, stored), BATCH_ROWS);
    });
  }

  /** Merges two streams of one snapshot. Both are ordered by Postgres, so only one batch of each is in memory. */
  async *events(range: EventRange, order: HistoryOrder, signal: AbortSignal): AsyncGenerator<readonly HistoryEvent[]> {
    if (range.entities !== undefined) this.indexes.ensure();
    const { pool } = this;
    yield* this.read(signal, async function* (client) {
      const sql = transactionsSql(range, order, servedBeforeSql(await new FeatureLayouts(client).all()));
      const snapshot = await exportSnapshot(client);
      const settings = [`SET TRANSACTION SNAPSHOT '${snapshot}'`, ...SETTINGS];
      const labels = inSnapshot(pool, { settings, signal }, (second) =>
        readCopy(second, labelsSql(range), readLabel, BATCH_ROWS),
      );
      yield* mergeEvents(orderInstants(readCopy(client, sql, readTransaction, BATCH_ROWS)), labels);
    });
  }

  /**
   * Runs a read and restarts it if its backfill table was dropped before the first batch; the restart uses the new
   * table.
   */
  private async *read<T>(signal: AbortSignal, reader: Reader<T>): AsyncGenerator<T> {
    for (let attempt = 1; ; attempt++) {
      let hasBegun = false;
      try {
        for await (const batch of inSnapshot(this.pool, { settings: SETTINGS, signal }, reader)) {
          hasBegun = true;
          yield batch;
        }
        return;
      } catch (thrown) {
        if (hasBegun || attempt === ATTEMPTS || sqlStateOf(thrown) !== NO_TABLE) throw thrown;
      }
    }
  }
}

/**
 * The projection to the wanted features. Features that rows lack are taken from the newest active backfill that has all
 * of them.
 */
async function projectionOf(client: Pick<pg.Pool, 'query'>, features: readonly string[]): Promise<LayoutProjection> {
  const layouts = await new FeatureLayouts(client).all();
  const stored = new LayoutProjection(layouts, features);
  const { lackingNames } = stored;
  if (lackingNames.length === 0) return stored;
  const { rows } = await client.query<{ id: string; layout: number }>(ACTIVE_BACKFILLS);
  for (const { id, layout } of rows) {
    const names = layouts.get(layout) ?? [];
    if (!lackingNames.every((name) => names.includes(name))) continue;
    return new LayoutProjection(layouts, features, { table: tableOf(id), names });
  }
  return stored;
}

async function readLabelsInForce(client: pg.ClientBase, range: TrainingRange): Promise<LabelsInForce> {
  const labels = new LabelsInForce();
  const sql = labelsInForceSql(range, range.asOfMs);
  const add = (row: CopyCursor): void => labels.add(row.text(), row.bool(), row.instantMs());
  for await (const batch of readCopy(client, sql, add, BATCH_ROWS)) void batch;
  return labels;
}

async function exportSnapshot(client: pg.ClientBase): Promise<string> {
  const { rows } = await client.query<{ snapshot: string }>('SELECT pg_export_snapshot() AS snapshot');
  return rows[0]?.snapshot ?? '';
}
