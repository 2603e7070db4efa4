import type pg from 'pg';
import type { TrainingRange, TrainingRow } from '../offline-store.port.js';
import { OFFLINE_SCHEMA as S } from './offline-schema.js';

const PAGE_ROWS = 5_000;
/** Binary form of a one-dimensional float8[]: 20 bytes of header, then per value 4 bytes of length and 8 of value. */
const ARRAY_HEADER_BYTES = 20;
const ARRAY_ITEM_BYTES = 12;

interface KnownLabel {
  readonly isFraud: boolean;
  readonly labelledAtMs: number;
}

interface PageRow {
  transaction_id: string;
  occurred_at: string;
  occurred_at_ms: number;
  customer_id: string;
  terminal_id: string;
  amount_minor: number;
  currency: string;
  feature_service_version: number;
  features: Buffer;
}

/** Streams a range in pages. Each page continues after the last row seen, so memory stays bounded and no cursor is held. */
export async function* readTrainingRows(
  pool: pg.Pool,
  range: TrainingRange,
  signal: AbortSignal,
): AsyncGenerator<readonly TrainingRow[]> {
  const labels = await knownLabels(pool, range);
  let after: PageRow | undefined;
  while (!signal.aborted) {
    const page = await readPage(pool, range, after);
    if (page.length > 0) yield page.map((row) => toTrainingRow(row, labels.get(row.transaction_id)));
    if (page.length < PAGE_ROWS) return;
    after = page[page.length - 1];
  }
}

/** The label in force per transaction: most trusted source first, then the one that came first. */
async function knownLabels(pool: pg.Pool, range: TrainingRange): Promise<ReadonlyMap<string, KnownLabel>> {
  const { rows } = await pool.query<{ transaction_id: string; is_fraud: boolean; labelled_at_ms: number }>(
    `SELECT DISTINCT ON (transaction_id) transaction_id, is_fraud,
       (extract(epoch FROM labelled_at) * 1000)::bigint AS labelled_at_ms
     FROM ${S}.labels WHERE occurred_at >= $1 AND occurred_at < $2 AND labelled_at <= $3
     ORDER BY transaction_id, source_rank, arrival`,
    [new Date(range.fromMs), new Date(range.toMs), new Date(range.asOfMs)],
  );
  return new Map(rows.map((row) => [row.transaction_id, { isFraud: row.is_fraud, labelledAtMs: row.labelled_at_ms }]));
}

async function readPage(pool: pg.Pool, range: TrainingRange, after: PageRow | undefined): Promise<readonly PageRow[]> {
  const { rows } = await pool.query<PageRow>(
    `SELECT transaction_id, occurred_at::text AS occurred_at,
       (extract(epoch FROM occurred_at) * 1000)::bigint AS occurred_at_ms, customer_id, terminal_id, amount_minor, currency,
       feature_service_version, array_send(features) AS features
     FROM ${S}.feature_rows
     WHERE occurred_at >= $1 AND occurred_at < $2
       AND ($3::timestamptz IS NULL OR (occurred_at >= $3::timestamptz AND (occurred_at, transaction_id) > ($3::timestamptz, $4::text)))
     ORDER BY occurred_at, transaction_id LIMIT ${PAGE_ROWS}`,
    [new Date(range.fromMs), new Date(range.toMs), after?.occurred_at ?? null, after?.transaction_id ?? null],
  );
  return rows;
}

function toTrainingRow(row: PageRow, label: KnownLabel | undefined): TrainingRow {
  return {
    transactionId: row.transaction_id,
    occurredAtMs: row.occurred_at_ms,
    customerId: row.customer_id,
    terminalId: row.terminal_id,
    amountMinor: row.amount_minor,
    currency: row.currency,
    featureServiceVersion: row.feature_service_version,
    vector: decodeArray(row.features),
    label: label?.isFraud === true ? 1 : 0,
    labelledAtMs: label?.labelledAtMs ?? 0,
  };
}

function decodeArray(bytes: Buffer): Float64Array {
  const values = new Float64Array(Math.max(0, (bytes.length - ARRAY_HEADER_BYTES) / ARRAY_ITEM_BYTES));
  for (let i = 0; i < values.length; i++) values[i] = bytes.readDoubleBE(ARRAY_HEADER_BYTES + i * ARRAY_ITEM_BYTES + 4);
  return values;
}
