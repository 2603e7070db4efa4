import { type Transaction } from '@fraudflow/contracts';
import { conflict, LABEL_SOURCES } from '@fraudflow/core';
import { type CopyWriter, inTransaction, isDataRefused } from '@fraudflow/postgres';
import type pg from 'pg';
import {
  type FeatureRow,
  type LabelRow,
  type NewestTransaction,
  type OfflineLoad,
  OfflineStore,
  type OffsetMove,
  type SetAsideRow,
} from '../sink/offline-store.port.js';
import { FeatureLayouts } from './feature-layouts.js';
import { HistoryMonths } from './history-months.js';
import { OFFLINE_SCHEMA as S } from './offline-schema.js';
import { copyAll, copyAndSetAside, type CopyStrategy } from './set-aside.js';
import { TransactionLookup } from './transaction-lookup.js';

const FEATURE_COLUMNS = `${S}.feature_rows (occurred_at, amount_minor, log_offset, origin_offset, log_partition, origin_partition,
  feature_service_version, layout, currency, transaction_id, customer_id, terminal_id, features, base_amount_minor, is_late)`;
const LABEL_COLUMNS = `${S}.labels (occurred_at, labelled_at, log_offset, log_partition, source_rank, is_fraud, transaction_id,
  customer_id, terminal_id)`;
/**
 * A load that waits longer for a lock fails and is retried. The failure is counted and shown in `/ready`, unlike an
 * endless wait.
 */
const LOCK_TIMEOUT = '10s';

export interface OfflineStoreEvents {
  /** The index on transaction ids could not be created; lookups still work, but scan the tables. */
  idIndexFailed(error: Error): void;
}

type Layouts = ReadonlyMap<readonly string[], number>;

/** The offline store in Postgres: loads by binary COPY into one table per month. */
export class PostgresOfflineStore extends OfflineStore {
  readonly months: HistoryMonths;
  private readonly layouts: FeatureLayouts;
  private readonly lookup: TransactionLookup;

  constructor(
    private readonly pool: pg.Pool,
    events: OfflineStoreEvents,
  ) {
    super();
    this.months = new HistoryMonths(pool);
    this.layouts = new FeatureLayouts(pool);
    this.lookup = new TransactionLookup(pool, (error) => events.idIndexFailed(error));
  }

  async load(load: OfflineLoad): Promise<readonly SetAsideRow[]> {
    try {
      return await this.write(load, copyAll);
    } catch (thrown) {
      // Another process may have dropped the month of a row; the second attempt recreates it.
      if (!this.months.noteFailure(thrown) && !isDataRefused(thrown)) throw thrown;
    }
    return this.write(load, copyAndSetAside);
  }

  private async write(load: OfflineLoad, copy: CopyStrategy): Promise<readonly SetAsideRow[]> {
    await this.months.ensure('feature_rows', timesOf(load, 'features'));
    await this.months.ensure('labels', timesOf(load, 'labels'));
    const layouts = await this.layoutsOf(load);
    return inTransaction(this.pool, (client) => write(client, load, copy, layouts));
  }

  /** The layout number of each list of feature names in the load. */
  private async layoutsOf(load: OfflineLoad): Promise<Layouts> {
    const layouts = new Map<readonly string[], number>();
    for (const { features } of load) for (const { names } of features) layouts.set(names, 0);
    for (const names of layouts.keys()) layouts.set(names, await this.layouts.idOf(names));
    return layouts;
  }

  async nextOffset(topic: string, partition: number): Promise<number> {
    const sql = `SELECT next_offset FROM ${S}.sink_offsets WHERE topic = $1 AND partition = $2`;
    const { rows } = await this.pool.query<{ next_offset: number }>(sql, [topic, partition]);
    return rows[0]?.next_offset ?? 0;
  }

  findTransactions(ids: readonly string[]): Promise<readonly Transaction[]> {
    return this.lookup.find(ids);
  }

  async newestEventMs(): Promise<number | undefined> {
    const sql = `SELECT (extract(epoch FROM max(occurred_at)) * 1000)::bigint AS newest FROM ${S}.feature_rows`;
    return (await this.pool.query<{ newest: number | null }>(sql)).rows[0]?.newest ?? undefined;
  }

  async newestTransactions(limit: number): Promise<readonly NewestTransaction[]> {
    const sql = `SELECT transaction_id AS "transactionId", (extract(epoch FROM occurred_at) * 1000)::bigint AS "occurredAtMs"
      FROM ${S}.feature_rows ORDER BY occurred_at DESC LIMIT $1`;
    return (await this.pool.query<NewestTransaction>(sql, [limit])).rows;
  }
}

async function write(
  client: pg.PoolClient,
  load: OfflineLoad,
  copy: CopyStrategy,
  layouts: Layouts,
): Promise<readonly SetAsideRow[]> {
  // synchronous_commit stays on: rows lost in a crash of the server would be read again only with the partition's next
  // record.
  await client.query(`SET LOCAL lock_timeout TO '${LOCK_TIMEOUT}'`);
  // All workers move offsets in the same order, which prevents deadlocks between workers with the same partitions.
  for (const { move } of load.toSorted(byPartition)) await moveOffset(client, move);
  const features = load.flatMap((part) => part.features);
  const labels = load.flatMap((part) => part.labels);
  const encode = (writer: CopyWriter, row: FeatureRow): void => writeFeatures(writer, row, layouts.get(row.names) ?? 0);
  return [
    ...(await copy(client, { table: 'feature_rows', target: FEATURE_COLUMNS, rows: features, encode })),
    ...(await copy(client, { table: 'labels', target: LABEL_COLUMNS, rows: labels, encode: writeLabel })),
  ];
}

/** Compare-and-set of a stored offset: fails, and so aborts the load, if another worker has moved the offset since. */
async function moveOffset(client: pg.PoolClient, { topic, partition, from, next }: OffsetMove): Promise<void> {
  const { rowCount } = await client.query(
    `INSERT INTO ${S}.sink_offsets AS o (topic, partition, next_offset) SELECT $1, $2, $4
       WHERE $3 = 0 OR EXISTS (SELECT FROM ${S}.sink_offsets WHERE topic = $1 AND partition = $2)
     ON CONFLICT (topic, partition) DO UPDATE SET next_offset = $4 WHERE o.next_offset = $3`,
    [topic, partition, from, next],
  );
  if (rowCount !== 1) {
    throw conflict(
      `stored offset of ${topic}:${partition} is no longer ${from}: another worker has moved it; read the stored offset again`,
      {
        code: 'OFFSET_MOVED',
        details: { topic, partition },
      },
    );
  }
}

function writeFeatures(copy: CopyWriter, row: FeatureRow, layout: number): void {
  const { log, origin } = row;
  copy.row(15).instant(row.occurredAtMs).int8(row.amountMinor).int8(log.offset);
  if (origin === undefined) copy.null().int4(log.partition).null();
  else copy.int8(origin.offset).int4(log.partition).int4(origin.partition);
  copy.int2(row.featureServiceVersion).int2(layout).text(row.currency).text(row.transactionId);
  copy.text(row.customerId).text(row.terminalId).float8Array(row.vector);
  if (row.baseAmountMinor === undefined) copy.null();
  else copy.int8(row.baseAmountMinor);
  copy.bool(row.isLate === true);
}

function writeLabel(copy: CopyWriter, row: LabelRow): void {
  copy.row(9).instant(row.occurredAtMs).instant(row.labelledAtMs).int8(row.log.offset).int4(row.log.partition);
  copy.int2(LABEL_SOURCES.indexOf(row.source)).bool(row.isFraud).text(row.transactionId);
  copy.text(row.customerId).text(row.terminalId);
}

function* timesOf(load: OfflineLoad, rows: 'features' | 'labels'): Iterable<number> {
  for (const part of load) for (const { occurredAtMs } of part[rows]) yield occurredAtMs;
}

function byPartition({ move: a }: OfflineLoad[number], { move: b }: OfflineLoad[number]): number {
  return a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1;
}
