import { BASE_CURRENCY_DECIMALS } from '@fraudflow/core';
import type { EntityName } from '@fraudflow/features';
import type { Table, Vector } from 'apache-arrow';
import { EVENT_TIMESTAMP } from '../../registry/data-sources.js';
import type { HistoricalRows } from '../../../../offline/point-in-time/historical-features.port.js';
import { isInstantColumn, readAmounts, readIds, readInstants } from '../columns/column-readers.js';
import type { RequestedFeature } from './feature-refs.js';
import { flightError } from '../wire/flight-errors.js';

/** The rows of an entity data frame. `transaction_id` or `amount` adds the request's transaction to a row. */
export class EntityRows {
  /** Event times of all rows, ms. */
  readonly atMs: Float64Array;

  /**
   * @throws AppError invalid_input | not_found, Feast errors: no event time, missing join keys, or request features
   * without a transaction
   */
  constructor(
    private readonly table: Table,
    requested: readonly RequestedFeature[],
  ) {
    checkJoinKeys(table, requested);
    checkTransaction(table, requested);
    const timeName = timeColumn(table);
    const time = this.column(timeName);
    this.atMs = time === undefined ? new Float64Array(0) : readInstants(time, timeName);
  }

  /**
   * The rows with these numbers, in this order.
   * @throws AppError invalid_input, a Flight error that names column and row
   */
  at(rows: Uint32Array): HistoricalRows {
    const transactionIds = this.column('transaction_id');
    const amount = this.column('amount');
    return {
      customerIds: this.entityIds('customer_id', rows),
      terminalIds: this.entityIds('terminal_id', rows),
      atMs: Float64Array.from(rows, (row) => this.atMs[row] ?? Number.NaN),
      ...(transactionIds === undefined ? {} : { transactionIds: readIds(transactionIds, 'transaction_id', rows) }),
      ...(amount === undefined ? {} : { amountMinor: readAmounts(amount, BASE_CURRENCY_DECIMALS, rows) }),
    };
  }

  private entityIds(name: EntityName, rows: Uint32Array): readonly (string | null)[] {
    const column = this.column(name);
    return column === undefined ? Array.from(rows, () => null) : readIds(column, name, rows);
  }

  private column(name: string): Vector | undefined {
    return this.table.getChild(name) ?? undefined;
  }
}

/** The column `event_timestamp`, or else the only column of times; the same rule as in Feast's SDK. */
function timeColumn(table: Table): string {
  const names = table.schema.names.map(String);
  if (names.includes(EVENT_TIMESTAMP)) return EVENT_TIMESTAMP;
  const times = names.filter((name) => {
    const found = table.getChild(name);
    return found !== null && isInstantColumn(found);
  });
  const [only] = times;
  if (only !== undefined && times.length === 1) return only;
  const message = `Please provide an entity_df with a column named ${EVENT_TIMESTAMP} representing the time of events.`;
  throw flightError('invalid_input', 'EntityTimestampInferenceException', message, EVENT_TIMESTAMP);
}

function checkJoinKeys(table: Table, requested: readonly RequestedFeature[]): void {
  const expected = [...new Set(requested.flatMap(({ view }) => view.entities))];
  const missing = expected.filter((name) => table.getChild(name) === null);
  if (missing.length === 0) return;
  const message =
    `The entity dataframe you have provided must contain columns [${expected.join(', ')}], ` +
    `but [${missing.join(', ')}] were missing.`;
  throw flightError('invalid_input', 'FeastEntityDFMissingColumnsError', message, missing[0]);
}

function checkTransaction(table: Table, requested: readonly RequestedFeature[]): void {
  const view = requested.find((one) => one.view.kind === 'request')?.view;
  if (view === undefined || table.getChild('amount') !== null || table.getChild('transaction_id') !== null) return;
  const message = `Feature amount not found in the entity dataframe, but required by feature view ${view.name}`;
  throw flightError('not_found', 'RequestDataNotFoundInEntityDfException', message, 'amount');
}
