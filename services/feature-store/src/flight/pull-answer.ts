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
import { historySourceName, liveSourceName } from '../feast-registry/data-sources.js';
import { feastNotFound } from '../feast-registry/feast-error.js';
import type { Answer } from './answer.js';
import { arrowType, columnData } from './arrow-columns.js';
import type { PullCommand } from './commands.js';
import { flightMistake } from './flight-errors.js';
import { batchOf } from './record-batches.js';
import { instantMs } from './request-instant.js';
import type { ViewHistory, ViewRows } from './view-history.port.js';

/** A far end that is still a date. */
const FOREVER_MS = Date.UTC(9999, 0);

/** A column of the answer: a feature's values, an entity's ids, or, with neither, the time of the event. */
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
 * All rows of a view in a range of event times, or the newest of each entity, with the columns asked for. One row more than `maxRows` in the answer
 * ends the call with an error, because an answer that is cut would pass for the whole.
 * @throws AppError invalid_input | not_found, Feast errors
 */
export function pullAnswer(history: ViewHistory, command: PullCommand, maxRows: number, signal: AbortSignal): Answer {
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

/** The newest row of each entity; of equal times the one that came last. At most `maxRows` entities. Holds one row for each. */
async function* newestOfEach(pages: AsyncIterable<ViewRows>, maxRows: number): AsyncGenerator<ViewRows> {
  const newest = new Map<string, NewestRow>();
  for await (const page of pages) {
    for (let row = 0; row < page.eventNanos.length; row++) {
      const key = page.entityIds.map((ids) => `${ids[row]?.length}:${ids[row]}`).join();
      const nanos = page.eventNanos[row] ?? 0n;
      const known = newest.get(key);
      if (known !== undefined && nanos < known.nanos) continue;
      // The values are taken out: a page of thousands of rows would stay for one of them.
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
  return flightMistake(`more than ${maxRows} rows: ask for a shorter range`, 'start_date');
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
