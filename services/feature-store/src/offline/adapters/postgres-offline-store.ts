import { LABEL_SOURCES } from '@fraudflow/contracts';
import { conflict } from '@fraudflow/core';
import { CopyWriter, copyRows, inTransaction } from '@fraudflow/postgres';
import type pg from 'pg';
import {
  type FeatureRow,
  type LabelRow,
  type OfflineLoad,
  OfflineStore,
  type OffsetMove,
  type TrainingRange,
  type TrainingRow,
} from '../offline-store.port.js';
import { OFFLINE_SCHEMA as S } from './offline-schema.js';
import { readTrainingRows } from './training-rows.js';

const FEATURE_COLUMNS = `${S}.feature_rows (transaction_id, occurred_at, customer_id, terminal_id, amount_minor, currency,
  feature_service_version, features)`;
const LABEL_COLUMNS = `${S}.labels (transaction_id, is_fraud, labelled_at, source_rank, customer_id, terminal_id, occurred_at)`;

/** The offline store on Postgres: binary COPY in, keyset pages out. */
export class PostgresOfflineStore extends OfflineStore {
  constructor(private readonly pool: pg.Pool) {
    super();
  }

  load(load: OfflineLoad): Promise<void> {
    return inTransaction(this.pool, async (client) => {
      // Rows and offsets commit together; if the server loses the last commits, the log brings them again.
      await client.query('SET LOCAL synchronous_commit TO OFF');
      for (const { move } of load) await moveOffset(client, move);
      const features = load.flatMap((part) => part.features);
      const labels = load.flatMap((part) => part.labels);
      if (features.length > 0) await copyRows(client, FEATURE_COLUMNS, featureCopy(features));
      if (labels.length > 0) await copyRows(client, LABEL_COLUMNS, labelCopy(labels));
    });
  }

  async nextOffset(topic: string, partition: number): Promise<number> {
    const sql = `SELECT next_offset FROM ${S}.sink_offsets WHERE topic = $1 AND partition = $2`;
    const { rows } = await this.pool.query<{ next_offset: number }>(sql, [topic, partition]);
    return rows[0]?.next_offset ?? 0;
  }

  async countRows(range: TrainingRange): Promise<number> {
    const sql = `SELECT count(*) AS count FROM ${S}.feature_rows WHERE occurred_at >= $1 AND occurred_at < $2`;
    const bounds = [new Date(range.fromMs), new Date(range.toMs)];
    return (await this.pool.query<{ count: number }>(sql, bounds)).rows[0]?.count ?? 0;
  }

  trainingRows(range: TrainingRange, signal: AbortSignal): AsyncIterable<readonly TrainingRow[]> {
    return readTrainingRows(this.pool, range, signal);
  }

  async findTransactions(ids: readonly string[]): Promise<readonly Omit<FeatureRow, 'vector'>[]> {
    const { rows } = await this.pool.query<TransactionRecord>(
      `SELECT transaction_id, (extract(epoch FROM occurred_at) * 1000)::bigint AS occurred_at_ms, customer_id, terminal_id,
         amount_minor, currency, feature_service_version
       FROM ${S}.feature_rows WHERE transaction_id = ANY($1)`,
      [ids],
    );
    return rows.map((row) => ({
      transactionId: row.transaction_id,
      occurredAtMs: row.occurred_at_ms,
      customerId: row.customer_id,
      terminalId: row.terminal_id,
      amountMinor: row.amount_minor,
      currency: row.currency,
      featureServiceVersion: row.feature_service_version,
    }));
  }

  async newestEventMs(): Promise<number | undefined> {
    const sql = `SELECT (extract(epoch FROM max(occurred_at)) * 1000)::bigint AS newest FROM ${S}.feature_rows`;
    return (await this.pool.query<{ newest: number | null }>(sql)).rows[0]?.newest ?? undefined;
  }
}

interface TransactionRecord {
  transaction_id: string;
  occurred_at_ms: number;
  customer_id: string;
  terminal_id: string;
  amount_minor: number;
  currency: string;
  feature_service_version: number;
}

/** Moves a stored offset from where we began; a worker that took over in the meantime makes this fail and nothing is written. */
async function moveOffset(client: pg.PoolClient, { topic, partition, from, next }: OffsetMove): Promise<void> {
  const { rowCount } = await client.query(
    `INSERT INTO ${S}.sink_offsets AS o (topic, partition, next_offset) VALUES ($1, $2, $4)
     ON CONFLICT (topic, partition) DO UPDATE SET next_offset = $4 WHERE o.next_offset = $3`,
    [topic, partition, from, next],
  );
  if (rowCount !== 1) {
    throw conflict(`${topic}:${partition} is no longer at offset ${from}: another worker writes it`, {
      code: 'OFFSET_MOVED',
      details: { topic, partition },
    });
  }
}

function featureCopy(rows: readonly FeatureRow[]): CopyWriter {
  const copy = new CopyWriter(rows.length * 420 + 64);
  for (const row of rows) {
    copy.row(8).text(row.transactionId).instant(row.occurredAtMs).text(row.customerId).text(row.terminalId);
    copy.int8(row.amountMinor).text(row.currency).int2(row.featureServiceVersion).float8Array(row.vector);
  }
  return copy;
}

function labelCopy(rows: readonly LabelRow[]): CopyWriter {
  const copy = new CopyWriter(rows.length * 160 + 64);
  for (const row of rows) {
    copy.row(7).text(row.transactionId).bool(row.isFraud).instant(row.labelledAtMs);
    copy.int2(LABEL_SOURCES.indexOf(row.source)).text(row.customerId).text(row.terminalId).instant(row.occurredAtMs);
  }
  return copy;
}
