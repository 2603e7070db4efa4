import { readFile, stat } from 'node:fs/promises';
import { asError, invalidInput, parseExactJson } from '@fraudflow/core';

/** A rate in the form of the REST interface. */
export interface StatedRate {
  readonly currency: string;
  /** Decimal text. */
  readonly rate: string;
  readonly effective_at?: string;
  readonly source?: string;
}

const MAX_FILE_BYTES = 64 * 1024 * 1024;
const COLUMNS = ['currency', 'rate', 'effective_at', 'source'] as const;

/**
 * Reads exchange rates from a file: JSON (a list of objects) or CSV (comma or semicolon, first line with the names of
 * the columns). Columns: currency, rate, and optionally effective_at and source.
 * @throws AppError invalid_input with the line that is wrong
 */
export async function readRateFile(path: string): Promise<readonly StatedRate[]> {
  const text = await readText(path);
  return text.trimStart().startsWith('[') ? fromJson(text, path) : fromCsv(text, path);
}

async function readText(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > MAX_FILE_BYTES) {
      throw invalidInput(`${path} has ${size} bytes; at most ${MAX_FILE_BYTES} are read: split the file`);
    }
    const text = await readFile(path, 'utf8');
    return text.startsWith('\ufeff') ? text.slice(1) : text;
  } catch (thrown) {
    throw invalidInput(`cannot read ${path}: ${asError(thrown).message}`, { cause: thrown });
  }
}

function fromJson(text: string, path: string): readonly StatedRate[] {
  let rows: unknown;
  try {
    rows = parseExactJson(text);
  } catch (thrown) {
    throw invalidInput(`${path} is not valid JSON: ${asError(thrown).message}`, { cause: thrown });
  }
  return (rows as unknown[]).map((row, index) => checked(row, `${path}, item ${index + 1}`));
}

function fromCsv(text: string, path: string): readonly StatedRate[] {
  const [head = '', ...lines] = text.split(/\r?\n/);
  const separator = head.includes(';') ? ';' : ',';
  const names = head.split(separator).map((name) => name.trim());
  const missing = ['currency', 'rate'].filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw invalidInput(
      `${path}: the first line must name the columns currency and rate; ${missing.join(', ')} is missing`,
    );
  }
  return lines.flatMap((line, index) => {
    if (line.trim() === '') return [];
    const cells = line.split(separator);
    return [
      checked(
        Object.fromEntries(names.map((name, at) => [name, cells[at]?.trim() ?? ''])),
        `${path}, line ${index + 2}`,
      ),
    ];
  });
}

function checked(row: unknown, place: string): StatedRate {
  if (typeof row !== 'object' || row === null) throw invalidInput(`${place}: must be an object`);
  const fields = row as Record<string, unknown>;
  const known: Record<string, string> = {};
  for (const name of COLUMNS) {
    const value = fields[name];
    if (typeof value === 'number') known[name] = String(value);
    else if (typeof value === 'string' && value !== '') known[name] = value;
  }
  const { currency, rate } = known;
  if (currency === undefined || rate === undefined) throw invalidInput(`${place}: currency and rate are required`);
  return { ...known, currency, rate };
}
