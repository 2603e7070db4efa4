import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { asError, invalidInput } from '@fraudflow/core';

/** Name, unit and bounds of an option with a whole number. */
export interface WholeNumberOption {
  readonly min: number;
  readonly max: number;
}

/** @throws AppError invalid_input without the option's name, which `OptionProblems` adds */
export function wholeNumber(text: string, { min, max }: WholeNumberOption): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw invalidInput(`must be a whole number from ${min} to ${max}, not "${text}"`);
}

/**
 * Midnight (UTC) of a day such as `2018-07-25`, ms. Folds count days from midnight, so times of the day are refused.
 * @throws AppError invalid_input if it is missing or not a day of the calendar
 */
export function day(text: string | undefined): number {
  if (text === undefined) throw invalidInput('is required: a day such as 2018-07-25');
  const ms = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // Date.parse turns 2018-02-31 into March.
  if (!Number.isNaN(ms) && dayText(ms) === text) return ms;
  throw invalidInput(`must be a day such as 2018-07-25, not "${text}"`);
}

/** The day (UTC) of an instant, `2018-07-25`. */
export function dayText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** @returns the path of a file that can be read. @throws AppError invalid_input */
export function inputFile(path: string | undefined): string {
  if (path === undefined) throw invalidInput('is required: a file (.csv or .csv.gz) in the format of the handbook');
  if (existsSync(path) && statSync(path).isFile()) return path;
  throw invalidInput(`there is no file ${path}`);
}

/** @returns the path of a file that can be written; `-` is standard output. @throws AppError invalid_input */
export function outputFile(path: string): string {
  if (path === '-' || existsSync(dirname(path))) return path;
  throw invalidInput(`the folder ${dirname(path)} does not exist: create it first`);
}

/** @returns the content of a JSON file. @throws AppError invalid_input naming the file and what is wrong */
export function jsonFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (thrown) {
    throw invalidInput(`${path} is not a readable JSON file: ${asError(thrown).message}`, { cause: thrown });
  }
}
