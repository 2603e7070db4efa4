import { invalidInput } from '@fraudflow/core';

/** One line of a file in the handbook's format. */
export interface HandbookRow {
  readonly transactionId: string;
  /** Event time, ms since the epoch. */
  readonly occurredAtMs: number;
  readonly customerId: string;
  readonly terminalId: string;
  /** Major units. */
  readonly amount: number;
  readonly isFraud: boolean;
  /** Kind of simulated fraud; 0 for a genuine row or an unknown kind, absent where the source has none. */
  readonly scenario?: number;
}

/** Parses one data line. @throws AppError invalid_input naming the column and what is wrong. */
export type RowParser = (line: string) => HandbookRow;

const COLUMNS = {
  transactionId: 'TRANSACTION_ID',
  occurredAt: 'TX_DATETIME',
  customerId: 'CUSTOMER_ID',
  terminalId: 'TERMINAL_ID',
  amount: 'TX_AMOUNT',
  fraud: 'TX_FRAUD',
  scenario: 'TX_FRAUD_SCENARIO',
} as const;

// The file is read as Latin-1, where the byte order mark is three characters.
const BYTE_ORDER_MARK = /^\u00EF\u00BB\u00BF/;
const ID = /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,63}$/;
const DATETIME = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,3})?$/;

/**
 * Reads the header and returns the parser for its lines. Columns may have any order; further ones are ignored.
 * @throws AppError invalid_input naming every missing column.
 */
export function rowParser(header: string): RowParser {
  const names = header.replace(BYTE_ORDER_MARK, '').split(',');
  const missing = Object.values(COLUMNS).filter((column) => !names.includes(column));
  if (missing.length > 0) {
    throw invalidInput(`the header lacks ${missing.join(', ')}; it must hold ${Object.values(COLUMNS).join(',')}`, {
      code: 'CSV_HEADER_INVALID',
    });
  }
  const at = (column: string): number => names.indexOf(column);
  const [id, time, customer, terminal] = [
    at(COLUMNS.transactionId),
    at(COLUMNS.occurredAt),
    at(COLUMNS.customerId),
    at(COLUMNS.terminalId),
  ];
  const [amount, fraud, scenario] = [at(COLUMNS.amount), at(COLUMNS.fraud), at(COLUMNS.scenario)];
  return (line) => {
    const cells = line.split(',');
    if (cells.length !== names.length) throw invalidInput(`has ${cells.length} columns instead of ${names.length}`);
    return {
      transactionId: identifier(cells[id], COLUMNS.transactionId),
      occurredAtMs: instant(cells[time]),
      customerId: identifier(cells[customer], COLUMNS.customerId),
      terminalId: identifier(cells[terminal], COLUMNS.terminalId),
      amount: decimal(cells[amount]),
      isFraud: flag(cells[fraud]),
      scenario: scenarioOf(cells[scenario]),
    };
  };
}

function identifier(cell: string | undefined, column: string): string {
  if (cell !== undefined && ID.test(cell)) return cell;
  throw badCell(column, cell, 'an id of 1 to 64 characters of A-Z a-z 0-9 . _ : @ -');
}

function instant(cell: string | undefined): number {
  // The file's times are UTC without a zone; without the Z they would be parsed in the machine's own zone.
  const ms = cell !== undefined && DATETIME.test(cell) ? Date.parse(cell.replace(' ', 'T') + 'Z') : Number.NaN;
  if (Number.isNaN(ms)) throw badCell(COLUMNS.occurredAt, cell, 'a time such as 2018-04-01 00:00:31 (UTC)');
  return ms;
}

function decimal(cell: string | undefined): number {
  const value = cell === undefined || cell.trim() === '' ? Number.NaN : Number(cell);
  if (Number.isFinite(value)) return value;
  throw badCell(COLUMNS.amount, cell, 'a number');
}

function flag(cell: string | undefined): boolean {
  if (cell === '0') return false;
  if (cell === '1') return true;
  throw badCell(COLUMNS.fraud, cell, '0 or 1');
}

/** Only an evaluation uses it, so a cell without a number is no error. */
function scenarioOf(cell = ''): number {
  return /^\d{1,3}$/.test(cell) ? Number(cell) : 0;
}

function badCell(column: string, cell: string | undefined, wanted: string): Error {
  return invalidInput(`${column} is "${cell ?? ''}" and not ${wanted}`, { code: 'CSV_CELL_INVALID', field: column });
}
