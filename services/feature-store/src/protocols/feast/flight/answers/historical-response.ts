import { type Data, Field, type RecordBatch, Schema, type Table } from 'apache-arrow';
import type { HistoricalFeatures } from '../../../../offline/point-in-time/historical-features.port.js';
import type { ArrowResponse } from './arrow-response.js';
import { arrowType, columnData } from '../columns/arrow-columns.js';
import type { HistoricalCommand } from '../wire/commands.js';
import { EntityRows } from './entity-rows.js';
import { collision, requestedFeatures, type RequestedFeature } from './feature-refs.js';
import { flightMistake } from '../wire/flight-errors.js';
import { type HistoricalPiece, historicalPieces } from './historical-pieces.js';
import { batchOf } from '../wire/record-batches.js';

/** Rows per record batch of a response: a few MB. */
const BATCH_ROWS = 32_768;
/** The index of a pandas data frame, which Arrow transfers as an additional column. */
const INDEX_COLUMN = /^__index_level_\d+__$/;

export interface HistoricalParts {
  readonly historical: HistoricalFeatures;
  /** Rows computed together; bounds the memory of a long response. */
  readonly sliceRows: number;
}

/**
 * Features as of the times in an entity data frame. The response has all columns of the data frame, then the features
 * in request order, and one row for each input row in input order. If the rows are sorted by time, each slice is sent
 * as soon as it is computed.
 * @throws AppError invalid_input | not_found, Feast errors
 */
export function historicalResponse(
  parts: HistoricalParts,
  command: HistoricalCommand,
  table: Table,
  signal: AbortSignal,
): ArrowResponse {
  const requested = requestedFeatures(command);
  checkEntityTable(command, table);
  const rows = new EntityRows(table, requested);
  const passed = table.schema.fields.filter(({ name }) => !INDEX_COLUMN.test(name));
  const twice = requested.filter(({ column }) => passed.some(({ name }) => name === column));
  if (twice.length > 0) throw collision(twice.map(({ column }) => column));
  const added = requested.map(({ feature, column }) => new Field(column, arrowType(feature.dtype), true));
  const schema = new Schema([...passed, ...added]);
  const pieces = historicalPieces({ ...parts, requested, rows }, signal);
  return { schema, batches: responseBatches(schema, table, passed.length, { requested, pieces }) };
}

/** True for the placeholder table that the SDK sends if the caller passed no data frame. */
export function isWithoutRows({ schema: { names } }: Table): boolean {
  return names.length === 1 && names[0] === 'key';
}

function checkEntityTable(command: HistoricalCommand, table: Table): void {
  if (command.entity_df_sql !== undefined && command.entity_df_sql !== null) {
    throw flightMistake('entity_df as SQL is not supported: send the rows as a data frame', 'entity_df');
  }
  if (isWithoutRows(table)) {
    throw flightMistake('send the rows as a data frame, or name a range by start_date and end_date', 'entity_df');
  }
}

interface ComputedPieces {
  readonly requested: readonly RequestedFeature[];
  readonly pieces: AsyncIterable<HistoricalPiece>;
}

/** Splits the caller's batches and appends the feature columns. The caller's columns are passed on without a copy. */
async function* responseBatches(
  schema: Schema,
  table: Table,
  passed: number,
  { requested, pieces }: ComputedPieces,
): AsyncGenerator<RecordBatch> {
  for await (const { from, to, columns } of pieces) {
    let row = 0;
    for (const batch of table.slice(from, to).batches) {
      for (let start = 0; start < batch.numRows; start += BATCH_ROWS) {
        const piece = batch.slice(start, Math.min(start + BATCH_ROWS, batch.numRows));
        const end = row + piece.numRows;
        const features = requested.map(({ feature }, i) => columnData(columns[i] ?? [], feature.dtype, row, end));
        row = end;
        yield batchOf(schema, piece.numRows, [...passedColumns(piece, schema, passed), ...features]);
      }
    }
  }
}

function* passedColumns(piece: RecordBatch, schema: Schema, passed: number): Generator<Data> {
  for (const { name } of schema.fields.slice(0, passed)) {
    const [data] = piece.getChild(name)?.data ?? [];
    if (data !== undefined) yield data;
  }
}
