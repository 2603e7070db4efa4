import { AppError, asError, unavailable } from '@fraudflow/core';
import type { FeatureDefinition } from '@fraudflow/features';
import { cursorPages } from '@fraudflow/postgres';
import type pg from 'pg';
import { PUSHED_ROWS_SCHEMA } from '../../serving/adapters/pushed-rows-schema.js';
import { type HistoryWish, ViewHistory, type ViewRows } from '../view-history.port.js';

const PAGE_ROWS = 5_000;
// Qualified, because a bare event_ns in ORDER BY is the text of the output.
const ROWS = `
  SELECT entity_key, event_ns::text, features FROM ${PUSHED_ROWS_SCHEMA}.rows AS pushed
  WHERE view = $1 AND event_ns >= $2::bigint AND event_ns < $3::bigint
  ORDER BY pushed.event_ns, pushed.created_ns, pushed.arrival`;
const NANOS_PER_MS = 1_000_000n;
/** Moments beyond what a bigint of nanoseconds holds are cut to its end, the year 2262. */
const LAST_NS = 2n ** 63n - 1n;

interface StoredRow {
  readonly entity_key: string;
  readonly event_ns: string;
  readonly features: Readonly<Record<string, unknown>>;
}

/** All rows pushed to a view, through a cursor, so that memory stays bounded and one moment of the table is seen. */
export class PostgresPushedHistory extends ViewHistory {
  constructor(private readonly pool: pg.Pool) {
    super();
  }

  async *rows(wish: HistoryWish, signal: AbortSignal): AsyncGenerator<ViewRows> {
    const { view, fromMs, toMs } = wish;
    const values = [view.name, nanos(fromMs).toString(), nanos(toMs + 1).toString()];
    try {
      for await (const rows of cursorPages<StoredRow>(this.pool, { sql: ROWS, values, pageRows: PAGE_ROWS })) {
        yield toViewRows(wish, rows);
        if (signal.aborted) return;
      }
    } catch (thrown) {
      throw silent(thrown);
    }
  }
}

function nanos(ms: number): bigint {
  const exact = BigInt(Math.trunc(ms)) * NANOS_PER_MS;
  return exact > LAST_NS ? LAST_NS : exact < -LAST_NS ? -LAST_NS : exact;
}

function toViewRows({ view, features }: HistoryWish, rows: readonly StoredRow[]): ViewRows {
  const ids = rows.map(({ entity_key }) => idsOf(entity_key, view.entities.length));
  return {
    entityIds: view.entities.map((_, i) => ids.map((row) => row[i] ?? '')),
    eventNanos: BigInt64Array.from(rows, ({ event_ns }) => BigInt(event_ns)),
    values: features.map((feature) => rows.map((row) => valueOf(row.features[feature.name], feature))),
  };
}

/** The inverse of `entityKeyOf`: one id as it is, several each behind its length. */
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

function silent(thrown: unknown): Error {
  if (thrown instanceof AppError) return thrown;
  const message = `the history of pushed rows does not answer: ${asError(thrown).message}`;
  return unavailable(message, { code: 'POSTGRES_UNAVAILABLE', cause: thrown });
}
