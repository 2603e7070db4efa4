import { DAY_MS } from '@fraudflow/core';
import { type Data, Field, type RecordBatch, Schema, TimestampNanosecond, Utf8 } from 'apache-arrow';
import { EVENT_TIMESTAMP } from '../feast-registry/data-sources.js';
import type { HistoricalFeatures } from '../offline/historical-features.port.js';
import type { TimeRange } from '../offline/history.port.js';
import type { Answer } from './answer.js';
import { arrowType, columnData, instantData } from './arrow-columns.js';
import type { HistoricalCommand } from './commands.js';
import { requestedFeatures, type RequestedFeature } from './feature-refs.js';
import { flightMistake } from './flight-errors.js';
import { batchOf } from './record-batches.js';
import { instantMs } from './request-instant.js';
import type { StoredTransactions, TransactionRows } from './stored-rows.js';

/** What Feast takes for a range without a beginning. */
const DEFAULT_RANGE_MS = 30 * DAY_MS;

export interface RangeParts {
  readonly historical: HistoricalFeatures;
  readonly transactions: StoredTransactions;
  readonly maxRows: number;
}

/**
 * Retrieval without an entity data frame: each stored transaction of a range of event times, both ends included, with its ids, its time and
 * the features asked for, by event time.
 * @throws AppError invalid_input | not_found, Feast errors
 */
export function rangeAnswer(parts: RangeParts, command: HistoricalCommand, signal: AbortSignal): Answer {
  const requested = requestedFeatures(command);
  if (requested.every(({ view }) => view.kind === 'pushed')) {
    const message = 'a range is answered with its transactions, which pushed views have none of: use pull_all';
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
  if (Number.isNaN(lastMs)) throw flightMistake('a range needs its end', 'end_date');
  const fromMs = instantMs(start, 'start_date') ?? lastMs - DEFAULT_RANGE_MS;
  if (fromMs > lastMs) throw flightMistake('the range begins after its end', 'start_date');
  return { fromMs: Math.ceil(fromMs), toMs: Math.floor(lastMs) + 1 };
}

interface RangeQuestion {
  readonly schema: Schema;
  readonly requested: readonly RequestedFeature[];
  readonly range: TimeRange;
}

async function* rangeBatches(
  { historical, transactions, maxRows }: RangeParts,
  { schema, requested, range }: RangeQuestion,
  signal: AbortSignal,
): AsyncGenerator<RecordBatch> {
  const isPushed = ({ view }: RequestedFeature): boolean => view.kind === 'pushed';
  const pushed = requested.filter(isPushed).map(({ feature }) => feature);
  const computed = requested.filter((one) => !isPushed(one)).map(({ feature }) => feature);
  let count = 0;
  for await (const rows of transactions.rows(range, computed, signal)) {
    const length = rows.atMs.length;
    count += length;
    if (count > maxRows) throw flightMistake(`more than ${maxRows} rows: ask for a shorter range`, 'start_date');
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
