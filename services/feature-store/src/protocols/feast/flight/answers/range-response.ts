import { DAY_MS } from '@fraudflow/core';
import { type Data, Field, type RecordBatch, Schema, TimestampNanosecond, Utf8 } from 'apache-arrow';
import { EVENT_TIMESTAMP } from '../../registry/data-sources.js';
import type { HistoricalFeatures } from '../../../../offline/point-in-time/historical-features.port.js';
import type { TimeRange } from '../../../../offline/history/history.port.js';
import type { ArrowResponse } from './arrow-response.js';
import { arrowType, columnData, instantData } from '../columns/arrow-columns.js';
import type { HistoricalCommand } from '../wire/commands.js';
import { requestedFeatures, type RequestedFeature } from './feature-refs.js';
import { flightMistake } from '../wire/flight-errors.js';
import { batchOf } from '../wire/record-batches.js';
import { instantMs } from './request-instant.js';
import type { StoredTransactions, TransactionRows } from './stored-rows.js';

/** Feast's default length of a range without a start. */
const DEFAULT_RANGE_MS = 30 * DAY_MS;

export interface RangeParts {
  readonly historical: HistoricalFeatures;
  readonly transactions: StoredTransactions;
  readonly maxRows: number;
}

/**
 * Retrieval without an entity data frame: the stored transactions of a range of event times, both ends included,
 * ordered by event time, with their ids, times and the requested features.
 * @throws AppError invalid_input | not_found, Feast errors
 */
export function rangeResponse(parts: RangeParts, command: HistoricalCommand, signal: AbortSignal): ArrowResponse {
  const requested = requestedFeatures(command);
  if (requested.every(({ view }) => view.kind === 'pushed')) {
    const message = 'a range returns transactions, but only features of pushed views are requested: use pull_all';
    throw flightMistake(`${message}_from_table_or_query`, 'entity_df');
  }
  const range = rangeOf(command);
  const schema = new Schema([
    ...ID_COLUMNS.map(({ name }) => new Field(name, new Utf8(), false)),
    new Field(EVENT_TIMESTAMP, new TimestampNanosecond('UTC'), false),
    ...requested.map(({ feature, column }) => new Field(column, arrowType(feature.dtype), true)),
  ]);
  return { schema, batches: rangeBatches(parts, { schema, requested, range }, signal) };
}

const ID_COLUMNS = [
  { name: 'transaction_id', of: (rows: TransactionRows) => rows.transactionIds },
  { name: 'customer_id', of: (rows: TransactionRows) => rows.customerIds },
  { name: 'terminal_id', of: (rows: TransactionRows) => rows.terminalIds },
] as const;

function rangeOf({ start_date: start, end_date: end }: HistoricalCommand): TimeRange {
  const lastMs = instantMs(end, 'end_date') ?? Number.NaN;
  if (Number.isNaN(lastMs)) throw flightMistake('a range needs its end: set end_date', 'end_date');
  const fromMs = instantMs(start, 'start_date') ?? lastMs - DEFAULT_RANGE_MS;
  if (fromMs > lastMs)
    throw flightMistake('the range begins after its end: start_date must not be later than end_date', 'start_date');
  return { fromMs: Math.ceil(fromMs), toMs: Math.floor(lastMs) + 1 };
}

interface RangeQuery {
  readonly schema: Schema;
  readonly requested: readonly RequestedFeature[];
  readonly range: TimeRange;
}

async function* rangeBatches(
  { historical, transactions, maxRows }: RangeParts,
  { schema, requested, range }: RangeQuery,
  signal: AbortSignal,
): AsyncGenerator<RecordBatch> {
  const isPushed = ({ view }: RequestedFeature): boolean => view.kind === 'pushed';
  const pushed = requested.filter(isPushed).map(({ feature }) => feature);
  const computed = requested.filter((one) => !isPushed(one)).map(({ feature }) => feature);
  let count = 0;
  for await (const rows of transactions.rows(range, computed, signal)) {
    const length = rows.atMs.length;
    count += length;
    if (count > maxRows) throw flightMistake(`more than ${maxRows} rows: request a shorter range`, 'start_date');
    const joined = pushed.length === 0 ? undefined : await historical.retrieve({ features: pushed, rows }, signal);
    const children: Data[] = [
      ...ID_COLUMNS.map(({ of }) => columnData(of(rows), 'string', 0, length)),
      instantData(rows.atMs),
      ...requested.map(({ feature }) => {
        const column = joined?.columns.get(feature.name) ?? rows.values[computed.indexOf(feature)];
        return columnData(column ?? [], feature.dtype, 0, length);
      }),
    ];
    yield batchOf(schema, length, children);
  }
}
