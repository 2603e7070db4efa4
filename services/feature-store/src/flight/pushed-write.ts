import { type CardNumberRule, holdsRefusedCardNumber } from '@fraudflow/cards';
import type { Clock } from '@fraudflow/core';
import { FEATURE_REPOSITORY, type FeatureViewDefinition } from '@fraudflow/features';
import type { Table } from 'apache-arrow';
import { EVENT_TIMESTAMP } from '../feast-registry/data-sources.js';
import { feastNotFound } from '../feast-registry/feast-error.js';
import { type Instant, instantFromMs, parseInstant } from '../serving/instant.js';
import type { PushedRowArchive } from '../serving/pushed-row-archive.port.js';
import { entityKeyOf, type PushedRow } from '../serving/pushed-row.js';
import { eventTimeProblem } from '../serving/pushed-times.js';
import { idProblem } from '../serving/request-values.js';
import { ColumnCells } from './column-cells.js';
import { readIds } from './column-readers.js';
import { flightCardNumber, flightError, flightMistake } from './flight-errors.js';
import { PushedColumn } from './pushed-column.js';

/** Rows that are handed to the archive at once. */
const CHUNK_ROWS = 5_000;

export interface WriteOptions {
  readonly clock: Clock;
  /** What becomes of a table with an entity id or a text value that holds a card number. */
  readonly cardNumbersInPushes: CardNumberRule;
}

/**
 * Adds rows to the history of a pushed view. They count as known from now on: an older event time does not make them visible to reads
 * as of the time between.
 * @returns rows written
 * @throws AppError not_found | invalid_input, Feast errors: unknown view, a computed view, missing columns, wrong types, card numbers
 */
export async function writePushedRows(
  archive: PushedRowArchive,
  viewNames: readonly string[],
  table: Table,
  { clock, cardNumbersInPushes: rule }: WriteOptions,
): Promise<number> {
  const view = writableView(viewNames);
  checkColumns(view, table);
  const now = instantFromMs(clock.nowMs());
  const keys = view.entities.map((name) => keysOf(table, name, rule));
  const instants = columnOf(table, EVENT_TIMESTAMP);
  const features = view.features.map((feature) => new PushedColumn(columnOf(table, feature.name), feature, rule));
  const rowAt = (row: number): PushedRow => ({
    entityKey: entityKeyOf(keys.map((ids) => ids[row] ?? '')),
    eventAt: eventTimeAt(instants, row, now),
    createdAt: now,
    values: features.map((feature) => feature.valueAt(row)),
  });
  // All rows are looked at before the first is written: a table that is refused leaves nothing behind.
  for (let row = 0; row < table.numRows; row++) rowAt(row);
  for (let from = 0; from < table.numRows; from += CHUNK_ROWS) {
    const length = Math.min(CHUNK_ROWS, table.numRows - from);
    await archive.append(
      view,
      Array.from({ length }, (_, i) => rowAt(from + i)),
    );
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

function columnOf(table: Table, name: string): ColumnCells {
  const column = table.getChild(name);
  if (column === null) throw flightMistake(`${name}: the column is missing`, name);
  return new ColumnCells(column);
}

function keysOf(table: Table, name: string, rule: CardNumberRule): readonly string[] {
  const cells = columnOf(table, name);
  const all = Uint32Array.from({ length: table.numRows }, (_, row) => row);
  return readIds(cells.column, name, all).map((id, row) => {
    const problem = id === null || id === '' ? 'holds no id' : idProblem(id);
    if (id !== null && problem === undefined && cells.isExactText(row)) {
      if (holdsRefusedCardNumber(id, rule)) throw flightCardNumber(name, row);
      return id;
    }
    throw flightMistake(`${name}: row ${row} ${problem ?? 'must be well-formed text without NUL'}`, name);
  });
}

function eventTimeAt(cells: ColumnCells, row: number, now: Instant): Instant {
  const text: unknown = cells.holdsInstants ? undefined : cells.column.get(row);
  const instant = cells.holdsInstants ? cells.instantAt(row) : typeof text === 'string' ? parseInstant(text) : null;
  const problem = instant ? eventTimeProblem(instant, now) : 'holds no time';
  if (instant && problem === undefined) return instant;
  throw flightMistake(`${EVENT_TIMESTAMP}: row ${row} ${problem ?? ''}`, EVENT_TIMESTAMP);
}
