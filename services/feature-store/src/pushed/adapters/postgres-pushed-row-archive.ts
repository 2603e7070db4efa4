import { asError, invalidInput, unavailable } from '@fraudflow/core';
import type { FeatureDtype, FeatureViewDefinition } from '@fraudflow/features';
import { cursorPages, isDataRefused } from '@fraudflow/postgres';
import type pg from 'pg';
import { instantFromNanos, MAX_NANOS_SECONDS, toNanos } from '../../values/instant.js';
import { type EventSpan, PushedRowArchive } from '../pushed-row-archive.port.js';
import type { FeatureValue, PushedRow } from '../pushed-row.js';
import { PUSHED_ROWS_SCHEMA } from './pushed-rows-schema.js';

const TABLE = `${PUSHED_ROWS_SCHEMA}.rows`;

// A row that equals the newest one of its entity and event time is a repetition and is left out. The creation time is
// not compared: a repeated call has a later one, and the first creation time is the correct one.
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
  WHERE view = $1 AND entity_key = ANY($2::text[]) AND event_ns >= $3::bigint AND event_ns <= $4::bigint
  ORDER BY rows.entity_key COLLATE "C", rows.event_ns, rows.created_ns, rows.arrival`;
const ROWS_IN = `
  SELECT entity_key, event_ns::text, created_ns::text, features FROM ${TABLE} AS rows
  WHERE view = $1 AND event_ns >= $2::bigint AND event_ns <= $3::bigint
  ORDER BY rows.event_ns, rows.created_ns, rows.arrival`;
const PAGE_ROWS = 5_000;
const DELETED_ROWS = 50_000;
const NANOS_PER_MS = 1_000_000n;
/** Latest instant whose nanoseconds fit 64 bits. */
const MAX_MS = MAX_NANOS_SECONDS * 1_000;

// The newest row of each entity stays, so that a read without an age limit has the same result as before.
const DROP_BEFORE = `
  DELETE FROM ${TABLE} WHERE ctid = ANY(ARRAY(
    SELECT old.ctid FROM ${TABLE} AS old
    WHERE old.event_ns < $1::bigint AND EXISTS (
      SELECT FROM ${TABLE} AS newer
      WHERE newer.view = old.view AND newer.entity_key = old.entity_key
        AND (newer.event_ns, newer.created_ns, newer.arrival) > (old.event_ns, old.created_ns, old.arrival)
    ) LIMIT ${DELETED_ROWS}))`;

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
    const columns = [
      rows.map(({ entityKey }) => entityKey),
      rows.map(({ eventAt }) => toNanos(eventAt).toString()),
      rows.map(({ createdAt }) => toNanos(createdAt).toString()),
      rows.map((row) => JSON.stringify(toJson(view, row.values))),
    ];
    await this.pool.query(APPEND, [view.name, ...columns]).catch(refused);
  }

  async *rowsOf(
    view: FeatureViewDefinition,
    entityKeys: readonly string[],
    { fromMs, untilMs }: EventSpan,
  ): AsyncGenerator<readonly PushedRow[]> {
    if (entityKeys.length === 0) return;
    yield* this.pages(view, ROWS_OF, [view.name, entityKeys, nanosOf(fromMs), nanosOf(untilMs)]);
  }

  rowsIn(view: FeatureViewDefinition, { fromMs, untilMs }: EventSpan): AsyncGenerator<readonly PushedRow[]> {
    return this.pages(view, ROWS_IN, [view.name, nanosOf(fromMs), nanosOf(untilMs)]);
  }

  private async *pages(
    view: FeatureViewDefinition,
    sql: string,
    values: readonly unknown[],
  ): AsyncGenerator<readonly PushedRow[]> {
    try {
      for await (const rows of cursorPages<StoredRow>(this.pool, { sql, values, pageRows: PAGE_ROWS })) {
        yield rows.map((row) => toPushedRow(view, row));
      }
    } catch (thrown) {
      refused(thrown);
    }
  }

  /**
   * Deletes rows before an instant in batches, except the newest row of each entity.
   * @returns a description of the deleted rows for the log; empty if there were none
   */
  async dropBefore(timeMs: number): Promise<readonly string[]> {
    let deleted = 0;
    for (;;) {
      const { rowCount } = await this.pool.query(DROP_BEFORE, [nanosOf(timeMs)]);
      deleted += rowCount ?? 0;
      if ((rowCount ?? 0) < DELETED_ROWS) return deleted === 0 ? [] : [`${deleted} pushed rows`];
    }
  }
}

function toPushedRow(view: FeatureViewDefinition, row: StoredRow): PushedRow {
  return {
    entityKey: row.entity_key,
    eventAt: instantFromNanos(BigInt(row.event_ns)),
    createdAt: instantFromNanos(BigInt(row.created_ns)),
    values: view.features.map(({ name, dtype }) => fromJson(row.features[name], dtype)),
  };
}

/** Clamps instants to the range of nanoseconds in 64 bits. */
function nanosOf(ms: number): string {
  const bounded = Math.min(Math.max(ms, -MAX_MS), MAX_MS);
  return (BigInt(Math.floor(bounded)) * NANOS_PER_MS).toString();
}

/** Maps an error: values that Postgres cannot store are invalid input, because a retry fails again. */
function refused(thrown: unknown): never {
  const { message } = asError(thrown);
  if (isDataRefused(thrown)) {
    throw invalidInput(`a value of the rows cannot be stored: ${message}`, { code: 'ROW_REFUSED', cause: thrown });
  }
  throw unavailable(`the archive of pushed rows does not answer: ${message}`, {
    code: 'POSTGRES_UNAVAILABLE',
    cause: thrown,
  });
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
