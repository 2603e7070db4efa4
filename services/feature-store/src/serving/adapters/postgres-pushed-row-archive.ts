import { asError, unavailable } from '@fraudflow/core';
import type { FeatureDtype, FeatureViewDefinition } from '@fraudflow/features';
import type pg from 'pg';
import { instantFromNanos, toNanos } from '../instant.js';
import { PushedRowArchive } from '../pushed-row-archive.port.js';
import type { FeatureValue, PushedRow } from '../pushed-row.js';
import { PUSHED_ROWS_SCHEMA } from './pushed-rows-schema.js';

const TABLE = `${PUSHED_ROWS_SCHEMA}.rows`;

// A row that says the same as the newest one of its entity and event time is a repetition. All but its time of creation is
// compared: a repeated call brings a later one, and the first time the row was known is the true one.
const APPEND = `
  INSERT INTO ${TABLE} (view, entity_key, event_ns, created_ns, features)
  SELECT $1, new.entity_key, new.event_ns, new.created_ns, new.features
  FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::jsonb[])
    WITH ORDINALITY AS new (entity_key, event_ns, created_ns, features, place)
  WHERE NOT EXISTS (
    SELECT FROM (
      SELECT known.features FROM ${TABLE} known
      WHERE known.view = $1 AND known.entity_key = new.entity_key AND known.event_ns = new.event_ns
      ORDER BY known.created_ns DESC, known.arrival DESC LIMIT 1
    ) newest WHERE newest.features = new.features
  )
  ORDER BY new.place`;

const ROWS_OF = `
  SELECT entity_key, event_ns::text, created_ns::text, features FROM ${TABLE} AS rows
  WHERE view = $1 AND entity_key = ANY($2::text[]) AND event_ns <= $3::bigint
  ORDER BY rows.entity_key COLLATE "C", rows.event_ns, rows.created_ns, rows.arrival`;

interface StoredRow {
  readonly entity_key: string;
  readonly event_ns: string;
  readonly created_ns: string;
  readonly features: Readonly<Record<string, unknown>>;
}

/** Pushed rows in Postgres, values as JSON by feature name; int64 as text, which JSON numbers would round. */
export class PostgresPushedRowArchive extends PushedRowArchive {
  constructor(private readonly pool: pg.Pool) {
    super();
  }

  async append(view: FeatureViewDefinition, rows: readonly PushedRow[]): Promise<void> {
    await this.query(APPEND, [
      view.name,
      rows.map(({ entityKey }) => entityKey),
      rows.map(({ eventAt }) => toNanos(eventAt).toString()),
      rows.map(({ createdAt }) => toNanos(createdAt).toString()),
      rows.map((row) => JSON.stringify(toJson(view, row.values))),
    ]);
  }

  async rowsOf(
    view: FeatureViewDefinition,
    entityKeys: readonly string[],
    untilMs: number,
  ): Promise<readonly PushedRow[]> {
    if (entityKeys.length === 0) return [];
    const untilNs = (BigInt(Math.floor(untilMs)) * 1_000_000n).toString();
    const stored = await this.query<StoredRow>(ROWS_OF, [view.name, entityKeys, untilNs]);
    return stored.map((row) => ({
      entityKey: row.entity_key,
      eventAt: instantFromNanos(BigInt(row.event_ns)),
      createdAt: instantFromNanos(BigInt(row.created_ns)),
      values: view.features.map(({ name, dtype }) => fromJson(row.features[name], dtype)),
    }));
  }

  private async query<Row extends pg.QueryResultRow>(sql: string, values: unknown[]): Promise<readonly Row[]> {
    try {
      return (await this.pool.query<Row>(sql, values)).rows;
    } catch (thrown) {
      const message = `the archive of pushed rows does not answer: ${asError(thrown).message}`;
      throw unavailable(message, { code: 'POSTGRES_UNAVAILABLE', cause: thrown });
    }
  }
}

function toJson(view: FeatureViewDefinition, values: readonly FeatureValue[]): Record<string, unknown> {
  const entries = view.features.map(({ name }, i) => [name, jsonValue(values[i] ?? null)] as const);
  return Object.fromEntries(entries);
}

function jsonValue(value: FeatureValue): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

function fromJson(value: unknown, dtype: FeatureDtype): FeatureValue {
  if (dtype === 'int64' || dtype === 'unix_timestamp') return typeof value === 'string' ? BigInt(value) : null;
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string' ? value : null;
}
