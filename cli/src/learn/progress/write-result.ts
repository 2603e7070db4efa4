import { rename, rm, writeFile } from 'node:fs/promises';
import { asError, failedPrecondition } from '@fraudflow/core';
import type { CliContext } from '../../program/cli-context.js';
import { jsonText } from '../report/json-values.js';

/** Writes a JSON file, which gets its name when it is complete. @throws AppError failed_precondition */
export async function writeJsonFile(path: string, value: unknown): Promise<void> {
  const unfinished = `${path}.unfinished`;
  try {
    await writeFile(unfinished, jsonText(value));
    await rename(unfinished, path);
  } catch (thrown) {
    throw failedPrecondition(`${path} cannot be written: ${asError(thrown).message}`, { cause: thrown });
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** A command's result in both forms. */
export interface CommandResult {
  readonly table: string;
  readonly json: object;
}

/**
 * Prints the table and writes the JSON. With `-` the JSON alone is on standard output, and the table on standard error.
 * @param path of the JSON file, `-`, or undefined for no JSON
 */
export async function writeResult(
  { table, json }: CommandResult,
  path: string | undefined,
  { out, note }: Pick<CliContext, 'out' | 'note'>,
): Promise<void> {
  if (path === '-') {
    note(table);
    out(jsonText(json).trimEnd());
    return;
  }
  out(table);
  if (path !== undefined) await writeJsonFile(path, json);
}
