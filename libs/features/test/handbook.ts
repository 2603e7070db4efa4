import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '@fraudflow/core';

const FOLDER = fileURLToPath(new URL('../../../../shared/data/handbook/', import.meta.url));
const NEWLINE = 10;
const COMMA = 44;
const ZERO = 48;

export interface HandbookTransaction {
  id: string;
  atMs: number;
  customer: number;
  terminal: number;
  amountMinor: number;
  isFraud: boolean;
}

/** True if the handbook's data are present next to the repository. */
export function hasHandbook(): boolean {
  return existsSync(`${FOLDER}transactions.csv.gz`) && existsSync(`${FOLDER}features.csv.gz`);
}

/** Calls `visit` with each transaction in file order; the object is reused. */
export function forEachTransaction(visit: (row: HandbookTransaction) => void): void {
  const bytes = gunzipSync(readFileSync(`${FOLDER}transactions.csv.gz`));
  const row: HandbookTransaction = { id: '', atMs: 0, customer: 0, terminal: 0, amountMinor: 0, isFraud: false };
  let at = bytes.indexOf(NEWLINE) + 1;
  while (at < bytes.length) {
    const end = bytes.indexOf(NEWLINE, at);
    const idEnd = bytes.indexOf(COMMA, at);
    const customerEnd = bytes.indexOf(COMMA, idEnd + 21);
    const terminalEnd = bytes.indexOf(COMMA, customerEnd + 1);
    const amountEnd = bytes.indexOf(COMMA, terminalEnd + 1);
    row.id = bytes.toString('latin1', at, idEnd);
    row.atMs = timeMs(bytes, idEnd + 1);
    row.customer = digits(bytes, idEnd + 21, customerEnd);
    row.terminal = digits(bytes, customerEnd + 1, terminalEnd);
    row.amountMinor = minorUnits(bytes, terminalEnd + 1, amountEnd);
    row.isFraud = bytes[amountEnd + 1] === ZERO + 1;
    visit(row);
    at = end === -1 ? bytes.length : end + 1;
  }
}

/** The published features by transaction id: 14 doubles in the file's order. */
export function publishedFeatures(): ReadonlyMap<string, Float64Array> {
  const lines = gunzipSync(readFileSync(`${FOLDER}features.csv.gz`))
    .toString('latin1')
    .trim()
    .split('\n');
  return new Map(
    lines.slice(1).map((line) => {
      const cells = line.split(',');
      return [cells[0] ?? '', Float64Array.from(cells.slice(1), Number)];
    }),
  );
}

/** Parses `YYYY-MM-DD hh:mm:ss` at a position, as UTC. */
function timeMs(bytes: Buffer, at: number): number {
  const day = Date.UTC(digits(bytes, at, at + 4), digits(bytes, at + 5, at + 7) - 1, digits(bytes, at + 8, at + 10));
  const hours = digits(bytes, at + 11, at + 13) * HOUR_MS;
  const minutes = digits(bytes, at + 14, at + 16) * MINUTE_MS;
  return day + hours + minutes + digits(bytes, at + 17, at + 19) * SECOND_MS;
}

function digits(bytes: Buffer, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) value = value * 10 + (bytes[i] ?? ZERO) - ZERO;
  return value;
}

/**
 * Parses an amount with at most two decimals as cents. Some are printed with the nearest double's digits:
 * 85.64999999999999.
 */
function minorUnits(bytes: Buffer, from: number, to: number): number {
  return Math.round(Number(bytes.toString('latin1', from, to)) * 100);
}
