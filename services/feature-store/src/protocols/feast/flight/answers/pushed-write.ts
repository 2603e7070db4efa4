import { type CardNumberRule, holdsRefusedCardNumber } from '@fraudflow/cards';
import type { Clock } from '@fraudflow/core';
import { FEATURE_REPOSITORY, type FeatureViewDefinition } from '@fraudflow/features';
import type { Table } from 'apache-arrow';
import { EVENT_TIMESTAMP } from '../../registry/data-sources.js';
import { feastNotFound } from '../../errors/coded-error.js';
import { type Instant, instantFromMs, parseInstant } from '../../../../values/instant.js';
import type { PushedRowArchive } from '../../../../pushed/pushed-row-archive.port.js';
import { entityKeyOf, type PushedRow } from '../../../../pushed/pushed-row.js';
import { eventTimeProblem } from '../../../../pushed/pushed-times.js';
import { idProblem } from '../../../../values/request-values.js';
import { ColumnCells } from '../columns/column-cells.js';
import { readIds } from '../columns/column-readers.js';
import { flightCardNumber, flightError, flightMistake } from '../wire/flight-errors.js';
import { PushedColumn } from '../columns/pushed-column.js';

/** Rows per call of the archive. */
const CHUNK_ROWS = 5_000;

/** Clock and card-number rule of a write. */
export interface WriteOptions {
  readonly clock: Clock;
  /** How entity ids and text values that contain a card number are treated. */
  readonly cardNumbersInPushes: CardNumberRule;
}

/**
 * Appends rows to the history of a pushed view. Their creation time is the current time, so a read as of an earlier
 * time does not see them, even if their event time is older.
 * @returns rows written
 * @throws AppError not_found | invalid_input, Feast errors: unknown view, a computed view, missing columns, wrong
 * types, card numbers
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
  // Converts all rows before the first write, so that a refused table writes nothing.
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
