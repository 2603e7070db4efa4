import { AppError, asError, unavailable } from '@fraudflow/core';
import type { FeatureDefinition } from '@fraudflow/features';
import { cursorPages } from '@fraudflow/postgres';
import type pg from 'pg';
import { PUSHED_ROWS_SCHEMA } from '../../../../pushed/adapters/pushed-rows-schema.js';
import { type HistoryQuery, ViewHistory, type ViewRows } from '../columns/view-history.port.js';

const PAGE_ROWS = 5_000;
// ORDER BY qualifies event_ns, because the bare name means the output column, which is text.
const ROWS = `
  SELECT entity_key, event_ns::text, features FROM ${PUSHED_ROWS_SCHEMA}.rows AS pushed
  WHERE view = $1 AND event_ns >= $2::bigint AND event_ns < $3::bigint
  ORDER BY pushed.event_ns, pushed.created_ns, pushed.arrival`;
const NANOS_PER_MS = 1_000_000n;
/** The largest bigint of nanoseconds (year 2262); later times are clamped to it. */
const LAST_NS = 2n ** 63n - 1n;

interface StoredRow {
  readonly entity_key: string;
  readonly event_ns: string;
  readonly features: Readonly<Record<string, unknown>>;
}

/**
 * All rows pushed to a view, read through a cursor, so that memory stays bounded and all pages come from one snapshot.
 */
export class PostgresPushedHistory extends ViewHistory {
  constructor(private readonly pool: pg.Pool) {
    super();
  }

  async *rows(query: HistoryQuery, signal: AbortSignal): AsyncGenerator<ViewRows> {
    const { view, fromMs, toMs } = query;
    const values = [view.name, nanos(fromMs).toString(), nanos(toMs + 1).toString()];
    try {
      for await (const rows of cursorPages<StoredRow>(this.pool, { sql: ROWS, values, pageRows: PAGE_ROWS })) {
        yield toViewRows(query, rows);
        if (signal.aborted) return;
      }
    } catch (thrown) {
      throw unavailableError(thrown);
    }
  }
}

function nanos(ms: number): bigint {
  const exact = BigInt(Math.trunc(ms)) * NANOS_PER_MS;
  return exact > LAST_NS ? LAST_NS : exact < -LAST_NS ? -LAST_NS : exact;
}

function toViewRows({ view, features }: HistoryQuery, rows: readonly StoredRow[]): ViewRows {
  const ids = rows.map(({ entity_key }) => idsOf(entity_key, view.entities.length));
  return {
    entityIds: view.entities.map((_, i) => ids.map((row) => row[i] ?? '')),
    eventNanos: BigInt64Array.from(rows, ({ event_ns }) => BigInt(event_ns)),
    values: features.map((feature) => rows.map((row) => valueOf(row.features[feature.name], feature))),
  };
}

/** The inverse of `entityKeyOf`: a single id is the key itself; each of several ids is prefixed with its length. */
function idsOf(key: string, count: number): readonly string[] {
  if (count === 1) return [key];
  const ids: string[] = [];
  let at = 0;
  while (at < key.length) {
    const colon = key.indexOf(':', at);
    const end = colon + 1 + Number(key.slice(at, colon));
    ids.push(key.slice(colon + 1, end));
    at = end;
  }
  return ids;
}

function valueOf(value: unknown, { dtype }: FeatureDefinition): unknown {
  const isWhole = dtype === 'int64' || dtype === 'unix_timestamp';
  return isWhole && (typeof value === 'string' || typeof value === 'number') ? BigInt(value) : (value ?? null);
}

function unavailableError(thrown: unknown): Error {
  if (thrown instanceof AppError) return thrown;
  const message = `the history of pushed rows cannot be read: ${asError(thrown).message}. Check Postgres and retry.`;
  return unavailable(message, { code: 'POSTGRES_UNAVAILABLE', cause: thrown });
}
