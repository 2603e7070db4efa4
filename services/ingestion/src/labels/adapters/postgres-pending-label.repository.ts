import { type Label } from '@fraudflow/contracts';
import { inTransaction, type Migration } from '@fraudflow/postgres';
import type pg from 'pg';
import {
  type LabelPosition,
  type NewPendingLabel,
  type Settlement,
  type PendingLabel,
  PendingLabelRepository,
} from '../pending-label.repository.js';

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
  {
    name: '0002_time_of_waiting',
    sql: `ALTER TABLE waiting_labels ADD COLUMN waiting_since_ms bigint NOT NULL DEFAULT (extract(epoch FROM now()) * 1000)::bigint;
    ALTER TABLE waiting_labels ADD COLUMN look_at_ms bigint NOT NULL DEFAULT 0;
    ALTER TABLE waiting_labels ALTER COLUMN waiting_since_ms DROP DEFAULT;
    ALTER TABLE waiting_labels ALTER COLUMN look_at_ms DROP DEFAULT;
    DROP INDEX waiting_labels_by_age;
    CREATE INDEX waiting_labels_by_look ON waiting_labels (look_at_ms)`,
  },
];

interface Row {
  topic: string;
  partition: number;
  record_offset: number;
  label: Label;
  taken_at_ms: number;
  waiting_since_ms: number;
}

const TABLE = `${INGESTION_SCHEMA}.waiting_labels`;
const SAME_POSITION = '(w.topic, w.partition, w.record_offset) = (p.topic, p.partition, p.record_offset)';

export class PostgresPendingLabelRepository extends PendingLabelRepository {
  constructor(private readonly pool: pg.Pool) {
    super();
  }

  async add(labels: readonly NewPendingLabel[], nowMs: number): Promise<void> {
    if (labels.length === 0) return;
    await this.pool.query(
      `INSERT INTO ${TABLE} (topic, partition, record_offset, label, bytes, taken_at_ms, waiting_since_ms, look_at_ms)
       SELECT *, $7::bigint, $7::bigint FROM unnest($1::text[], $2::int[], $3::bigint[], $4::jsonb[], $5::bytea[], $6::bigint[])
       ON CONFLICT DO NOTHING`,
      [
        ...columnsOf(labels),
        labels.map(({ label }) => JSON.stringify(label)),
        labels.map(({ bytes }) => bytes),
        labels.map(({ takenAtMs }) => takenAtMs),
        nowMs,
      ],
    );
  }

  async settleDue(
    limit: number,
    nowMs: number,
    settle: (due: readonly PendingLabel[]) => Promise<Settlement>,
  ): Promise<number> {
    return inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<Row>(
        `SELECT topic, partition, record_offset, label, taken_at_ms, waiting_since_ms FROM ${TABLE}
         WHERE look_at_ms <= $2 ORDER BY look_at_ms LIMIT $1 FOR UPDATE SKIP LOCKED`,
        [limit, nowMs],
      );
      if (rows.length === 0) return 0;
      const { done, later } = await settle(rows.map(toPendingLabel));
      await remove(client, done);
      await postpone(client, later);
      return rows.length;
    });
  }

  async bytesOf(positions: readonly LabelPosition[]): Promise<readonly (Buffer | undefined)[]> {
    if (positions.length === 0) return [];
    const { rows } = await this.pool.query<{ bytes: Buffer | null }>(
      `SELECT w.bytes FROM unnest($1::text[], $2::int[], $3::bigint[]) WITH ORDINALITY AS p (topic, partition, record_offset, item_index)
       LEFT JOIN ${TABLE} AS w ON ${SAME_POSITION} ORDER BY p.item_index`,
      columnsOf(positions),
    );
    return rows.map(({ bytes }) => bytes ?? undefined);
  }

  async count(): Promise<number> {
    return (await this.pool.query<{ count: number }>(`SELECT count(*) AS count FROM ${TABLE}`)).rows[0]?.count ?? 0;
  }
}

async function remove(client: pg.PoolClient, positions: readonly LabelPosition[]): Promise<void> {
  if (positions.length === 0) return;
  await client.query(
    `DELETE FROM ${TABLE} AS w USING unnest($1::text[], $2::int[], $3::bigint[]) AS p (topic, partition, record_offset)
     WHERE ${SAME_POSITION}`,
    columnsOf(positions),
  );
}

async function postpone(client: pg.PoolClient, later: Settlement['later']): Promise<void> {
  if (later.length === 0) return;
  await client.query(
    `UPDATE ${TABLE} AS w SET look_at_ms = p.look_at_ms
     FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[]) AS p (topic, partition, record_offset, look_at_ms)
     WHERE ${SAME_POSITION}`,
    [...columnsOf(later.map(({ position }) => position)), later.map(({ lookupAtMs }) => lookupAtMs)],
  );
}

function columnsOf(positions: readonly LabelPosition[]): unknown[] {
  return [
    positions.map(({ topic }) => topic),
    positions.map(({ partition }) => partition),
    positions.map(({ offset }) => offset),
  ];
}

function toPendingLabel(row: Row): PendingLabel {
  return {
    topic: row.topic,
    partition: row.partition,
    offset: String(row.record_offset),
    label: row.label,
    takenAtMs: row.taken_at_ms,
    waitingSinceMs: row.waiting_since_ms,
  };
}
