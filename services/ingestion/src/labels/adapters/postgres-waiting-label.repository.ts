import { type Label } from '@fraudflow/contracts';
import type { Migration } from '@fraudflow/postgres';
import type pg from 'pg';
import { type WaitingLabel, WaitingLabelRepository } from '../waiting-label.repository.js';

export const INGESTION_SCHEMA = 'ingestion';

export const INGESTION_MIGRATIONS: readonly Migration[] = [
  {
    name: '0001_waiting_labels',
    sql: `CREATE TABLE waiting_labels (
      topic text NOT NULL,
      partition integer NOT NULL,
      record_offset bigint NOT NULL,
      label jsonb NOT NULL,
      bytes bytea NOT NULL,
      taken_at_ms bigint NOT NULL,
      PRIMARY KEY (topic, partition, record_offset)
    );
    CREATE INDEX waiting_labels_by_age ON waiting_labels (taken_at_ms, topic, partition, record_offset)`,
  },
];

interface Row {
  topic: string;
  partition: number;
  record_offset: number;
  label: Label;
  bytes: Buffer;
  taken_at_ms: number;
}

export class PostgresWaitingLabelRepository extends WaitingLabelRepository {
  constructor(private readonly pool: pg.Pool) {
    super();
  }

  async add(labels: readonly WaitingLabel[]): Promise<void> {
    if (labels.length === 0) return;
    await this.pool.query(
      `INSERT INTO ${INGESTION_SCHEMA}.waiting_labels (topic, partition, record_offset, label, bytes, taken_at_ms)
       SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[], $4::jsonb[], $5::bytea[], $6::bigint[])
       ON CONFLICT DO NOTHING`,
      [
        labels.map(({ topic }) => topic),
        labels.map(({ partition }) => partition),
        labels.map(({ offset }) => offset),
        labels.map(({ label }) => JSON.stringify(label)),
        labels.map(({ bytes }) => bytes),
        labels.map(({ takenAtMs }) => takenAtMs),
      ],
    );
  }

  async oldest(limit: number, after?: WaitingLabel): Promise<readonly WaitingLabel[]> {
    const { rows } = await this.pool.query<Row>(
      `SELECT topic, partition, record_offset, label, bytes, taken_at_ms FROM ${INGESTION_SCHEMA}.waiting_labels
       WHERE (taken_at_ms, topic, partition, record_offset) > ($2, $3, $4, $5)
       ORDER BY taken_at_ms, topic, partition, record_offset LIMIT $1`,
      [limit, after?.takenAtMs ?? -1, after?.topic ?? '', after?.partition ?? -1, after?.offset ?? '-1'],
    );
    return rows.map((row) => ({
      topic: row.topic,
      partition: row.partition,
      offset: String(row.record_offset),
      label: row.label,
      bytes: row.bytes,
      takenAtMs: row.taken_at_ms,
    }));
  }

  async remove(labels: readonly WaitingLabel[]): Promise<void> {
    if (labels.length === 0) return;
    await this.pool.query(
      `DELETE FROM ${INGESTION_SCHEMA}.waiting_labels AS w
       USING unnest($1::text[], $2::int[], $3::bigint[]) AS gone (topic, partition, record_offset)
       WHERE (w.topic, w.partition, w.record_offset) = (gone.topic, gone.partition, gone.record_offset)`,
      [labels.map(({ topic }) => topic), labels.map(({ partition }) => partition), labels.map(({ offset }) => offset)],
    );
  }

  async count(): Promise<number> {
    const sql = `SELECT count(*) AS count FROM ${INGESTION_SCHEMA}.waiting_labels`;
    return (await this.pool.query<{ count: number }>(sql)).rows[0]?.count ?? 0;
  }
}
