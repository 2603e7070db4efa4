import { FEATURE_REPOSITORY, type FeatureDefinition, type FeatureViewDefinition } from '@fraudflow/features';
import {
  type Data,
  Field,
  makeData,
  type RecordBatch,
  Schema,
  TimestampNanosecond,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { historySourceName, liveSourceName } from '../../registry/data-sources.js';
import { feastNotFound } from '../../errors/coded-error.js';
import type { ArrowResponse } from './arrow-response.js';
import { arrowType, columnData } from '../columns/arrow-columns.js';
import type { PullCommand } from '../wire/commands.js';
import { flightMistake } from '../wire/flight-errors.js';
import { batchOf } from '../wire/record-batches.js';
import { instantMs } from './request-instant.js';
import type { ViewHistory, ViewRows } from '../columns/view-history.port.js';

/** End of a range without an end date. */
const FOREVER_MS = Date.UTC(9999, 0);

/** A column of the response: a feature's values, an entity's ids or, if both are absent, the event time. */
interface PulledColumn {
  readonly field: Field;
  readonly feature?: FeatureDefinition;
  readonly entity?: number;
}

/** The view whose history a source of this name holds. @throws AppError not_found, a Feast error */
export function viewOfSource(name: string): FeatureViewDefinition {
  const { project, views } = FEATURE_REPOSITORY;
  const found = views.find(
    (view) => view.kind !== 'request' && (historySourceName(view) === name || liveSourceName(view) === name),
  );
  if (found === undefined) throw feastNotFound('Data source', name, project);
  return found;
}

/**
 * All rows of a view in a range of event times, or the newest row of each entity, with the requested columns. More than
 * `maxRows` rows fail the call, because the caller could not recognise a truncated response.
 * @throws AppError invalid_input | not_found, Feast errors
 */
export function pullResponse(
  history: ViewHistory,
  command: PullCommand,
  maxRows: number,
  signal: AbortSignal,
): ArrowResponse {
  const view = viewOfSource(command.data_source_name);
  const columns = pulledColumns(view, command);
  const schema = new Schema(columns.map(({ field }) => field));
  const features = columns.flatMap(({ feature }) => feature ?? []);
  const fromMs = instantMs(command.start_date, 'start_date') ?? 0;
  const toMs = instantMs(command.end_date, 'end_date') ?? FOREVER_MS;
  const all = history.rows({ view, features, fromMs, toMs }, signal);
  const isLatest = command.api === 'pull_latest_from_table_or_query';
  const wanted = isLatest ? newestOfEach(all, maxRows) : bounded(all, maxRows);
  return { schema, batches: toBatches(schema, columns, features, wanted) };
}

function pulledColumns(view: FeatureViewDefinition, command: PullCommand): readonly PulledColumn[] {
  const names = [...command.join_key_columns, ...command.feature_name_columns, command.timestamp_field];
  return [...new Set(names)].map((name) => pulledColumn(view, name, command.timestamp_field));
}

function pulledColumn(view: FeatureViewDefinition, name: string, timestampField: string): PulledColumn {
  if (name === timestampField) return { field: new Field(name, new TimestampNanosecond('UTC'), false) };
  const entity = view.entities.findIndex((one) => one === name);
  if (entity >= 0) return { field: new Field(name, new Utf8(), false), entity };
  const feature = view.features.find((one) => one.name === name);
  if (feature === undefined) throw flightMistake(`the history of ${view.name} has no column ${name}`, name);
  return { field: new Field(name, arrowType(feature.dtype), true), feature };
}

async function* bounded(pages: AsyncIterable<ViewRows>, maxRows: number): AsyncGenerator<ViewRows> {
  let rows = 0;
  for await (const page of pages) {
    rows += page.eventNanos.length;
    if (rows > maxRows) throw tooMany(maxRows);
    yield page;
  }
}

/**
 * The newest row of each entity; of rows with equal times, the last one read. Holds one row per entity, at most
 * `maxRows`.
 */
async function* newestOfEach(pages: AsyncIterable<ViewRows>, maxRows: number): AsyncGenerator<ViewRows> {
  const newest = new Map<string, NewestRow>();
  for await (const page of pages) {
    for (let row = 0; row < page.eventNanos.length; row++) {
      const key = page.entityIds.map((ids) => `${ids[row]?.length}:${ids[row]}`).join();
      const nanos = page.eventNanos[row] ?? 0n;
      const known = newest.get(key);
      if (known !== undefined && nanos < known.nanos) continue;
      // Copies the values, because a reference to the page would keep all its rows in memory.
      newest.set(key, {
        nanos,
        ids: page.entityIds.map((ids) => ids[row] ?? ''),
        values: page.values.map((one) => one[row]),
      });
      if (newest.size > maxRows) throw tooMany(maxRows);
    }
  }
  const chosen = [...newest.values()];
  const [first] = chosen;
  if (first === undefined) return;
  yield {
    entityIds: first.ids.map((_, i) => chosen.map(({ ids }) => ids[i] ?? '')),
    eventNanos: BigInt64Array.from(chosen, ({ nanos }) => nanos),
    values: first.values.map((_, i) => chosen.map(({ values }) => values[i])),
  };
}

function tooMany(maxRows: number): Error {
  return flightMistake(`more than ${maxRows} rows: request a shorter range`, 'start_date');
}

interface NewestRow {
  readonly nanos: bigint;
  readonly ids: readonly string[];
  readonly values: readonly unknown[];
}

async function* toBatches(
  schema: Schema,
  columns: readonly PulledColumn[],
  features: readonly FeatureDefinition[],
  pages: AsyncIterable<ViewRows>,
): AsyncGenerator<RecordBatch> {
  for await (const page of pages) {
    const children = columns.map((column) => pulledData(column, features, page));
    yield batchOf(schema, page.eventNanos.length, children);
  }
}

function pulledData(column: PulledColumn, features: readonly FeatureDefinition[], page: ViewRows): Data {
  const length = page.eventNanos.length;
  if (column.entity !== undefined) return stringData(page.entityIds[column.entity] ?? []);
  if (column.feature !== undefined) {
    return columnData(page.values[features.indexOf(column.feature)] ?? [], column.feature.dtype, 0, length);
  }
  return makeData({ type: new TimestampNanosecond('UTC'), length, nullCount: 0, data: page.eventNanos });
}

function stringData(ids: readonly string[]): Data {
  const [data] = vectorFromArray([...ids], new Utf8()).data;
  return data ?? makeData({ type: new Utf8(), length: 0 });
}
