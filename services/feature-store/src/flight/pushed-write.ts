import type { Clock } from '@fraudflow/core';
import { FEATURE_REPOSITORY, type FeatureDefinition, type FeatureViewDefinition } from '@fraudflow/features';
import { DataType, type Table, TimeUnit, type Vector } from 'apache-arrow';
import { EVENT_TIMESTAMP } from '../feast-registry/data-sources.js';
import { feastNotFound } from '../feast-registry/feast-error.js';
import { type Instant, instantFromMs, instantFromNanos, parseInstant } from '../serving/instant.js';
import type { PushedRowArchive } from '../serving/pushed-row-archive.port.js';
import { entityKeyOf, type FeatureValue, type PushedRow } from '../serving/pushed-row.js';
import { readIds } from './column-readers.js';
import { flightError, flightMistake, shown } from './flight-errors.js';

/** Rows that are handed to the archive at once. */
const CHUNK_ROWS = 5_000;
const NANOS_PER: Readonly<Record<TimeUnit, bigint>> = {
  [TimeUnit.SECOND]: 1_000_000_000n,
  [TimeUnit.MILLISECOND]: 1_000_000n,
  [TimeUnit.MICROSECOND]: 1_000n,
  [TimeUnit.NANOSECOND]: 1n,
};

/**
 * Adds rows to the history of a pushed view. They count as known from now on: an older event time does not make them visible to reads
 * as of the time between.
 * @returns rows written
 * @throws AppError not_found | invalid_input, Feast errors: unknown view, a computed view, missing columns, wrong types
 */
export async function writePushedRows(
  archive: PushedRowArchive,
  viewNames: readonly string[],
  table: Table,
  clock: Clock,
): Promise<number> {
  const view = writableView(viewNames);
  checkColumns(view, table);
  const createdAt = instantFromMs(clock.nowMs());
  const all = Uint32Array.from({ length: table.numRows }, (_, row) => row);
  const keys = view.entities.map((name) => readIds(columnOf(table, name), name, all));
  const instants = columnOf(table, EVENT_TIMESTAMP);
  const features = view.features.map((feature) => ({ feature, column: columnOf(table, feature.name) }));
  for (let from = 0; from < table.numRows; from += CHUNK_ROWS) {
    const rows: PushedRow[] = [];
    for (let row = from; row < Math.min(from + CHUNK_ROWS, table.numRows); row++) {
      rows.push({
        entityKey: entityKeyOf(keys.map((ids, i) => ids[row] ?? missingKey(view.entities[i] ?? '', row))),
        eventAt: instantAt(instants, row),
        createdAt,
        values: features.map(({ feature, column }) => valueOf(column, feature, row)),
      });
    }
    await archive.append(view, rows);
  }
  return table.numRows;
}

function writableView(names: readonly string[]): FeatureViewDefinition {
  const [name = '', ...rest] = names;
  if (rest.length > 0) throw flightMistake('feature_view_names must name one view', 'feature_view_names');
  const view = FEATURE_REPOSITORY.views.find((one) => one.name === name);
  if (view === undefined) throw feastNotFound('Feature view', name, FEATURE_REPOSITORY.project);
  if (view.kind === 'pushed') return view;
  throw flightMistake(
    `Feature view ${name} is computed from the log of transactions and labels and takes no rows: publish the transactions instead`,
    'feature_view_names',
  );
}

function checkColumns(view: FeatureViewDefinition, table: Table): void {
  const expected = [...view.entities, ...view.features.map(({ name }) => name), EVENT_TIMESTAMP];
  const missing = expected.filter((name) => table.getChild(name) === null);
  if (missing.length === 0) return;
  const message = `The rows must have the columns [${expected.join(', ')}], but [${missing.join(', ')}] were missing.`;
  throw flightError('invalid_input', 'FeastEntityDFMissingColumnsError', message, missing[0]);
}

function columnOf(table: Table, name: string): Vector {
  const column = table.getChild(name);
  if (column === null) throw flightMistake(`${name}: the column is missing`, name);
  return column;
}

function missingKey(name: string, row: number): never {
  throw flightMistake(`${name}: row ${row} holds no id`, name);
}

function instantAt(column: Vector, row: number): Instant {
  const instant = DataType.isTimestamp(column.type)
    ? timestampAt(column, column.type.unit, row)
    : parseInstant(column.get(row));
  if (instant === undefined) throw flightMistake(`${EVENT_TIMESTAMP}: row ${row} holds no time`, EVENT_TIMESTAMP);
  return instant;
}

/** The raw number of a timestamp: Arrow's own accessor rounds to doubles of milliseconds. */
function timestampAt(column: Vector, unit: TimeUnit, row: number): Instant | undefined {
  let at = row;
  for (const data of column.data) {
    if (at < data.length) {
      const raw = (data.values as BigInt64Array)[at];
      return data.getValid(at) && raw !== undefined ? instantFromNanos(raw * NANOS_PER[unit]) : undefined;
    }
    at -= data.length;
  }
  return undefined;
}

function valueOf(column: Vector, { name, dtype }: FeatureDefinition, row: number): FeatureValue {
  if (dtype === 'unix_timestamp' && DataType.isTimestamp(column.type)) {
    const instant = timestampAt(column, column.type.unit, row);
    return instant === undefined ? null : BigInt(instant.seconds);
  }
  const value: unknown = column.get(row);
  if (value === null || value === undefined || (typeof value === 'number' && Number.isNaN(value))) return null;
  const converted = CONVERT[dtype](value);
  if (converted === undefined) throw flightMistake(`${name}: row ${row} holds no ${dtype}: ${shown(value)}`, name);
  return converted;
}

const CONVERT: Readonly<Record<FeatureDefinition['dtype'], (value: unknown) => FeatureValue | undefined>> = {
  double: (value) => (typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined),
  int64: wholeNumber,
  string: (value) => (typeof value === 'string' ? value : undefined),
  bool: (value) => (typeof value === 'boolean' ? value : undefined),
  unix_timestamp: wholeNumber,
};

function wholeNumber(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : undefined;
}
