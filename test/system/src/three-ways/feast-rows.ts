import { createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ORACLE_FEATURES } from '../faults/oracle.js';
import type { KnownTransaction } from '../naive-features.js';
import { run } from '../python-environment.js';
import { type Comparison, takeRows } from './comparison.js';

/** Folder of the checks with the unmodified SDK. */
export const FEAST_CONFORMANCE = join(import.meta.dirname, '../../../conformance/feast');

export interface FeastDoors {
  /** `host:port` of the registry. */
  readonly registry: string;
  readonly online: string;
  /** `host:port` of the offline store. */
  readonly flight: string;
}

export interface FeastReading {
  readonly python: string;
  readonly folder: string;
  readonly doors: FeastDoors;
  /**
   * `named`: rows say which transaction they are; `in_hand`: they only carry its amount, and the features are computed as of its time;
   * `range`: no rows are sent, but the time from the first to the last.
   */
  readonly rows: 'named' | 'in_hand' | 'range';
  readonly timeoutMs: number;
}

/** Asks the SDK for the historical features of all rows in one call. @returns what the SDK's side said */
export async function readFeast(
  { python, folder, doors, rows: kind, timeoutMs }: FeastReading,
  rows: readonly KnownTransaction[],
  comparison: Comparison,
): Promise<string> {
  const asked = join(folder, 'asked.csv');
  const answer = join(folder, 'answer.f64');
  await pipeline(Readable.from(linesOf(rows)), createWriteStream(asked));
  const options = { ...doors, rows: kind, asked, answer, features: ORACLE_FEATURES.join(',') };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const { exitCode, output } = await run(python, [join(FEAST_CONFORMANCE, 'read_history.py'), ...args], timeoutMs);
  if (exitCode !== 0) throw new Error(`the SDK failed: ${output}`);
  const bytes = readFileSync(answer);
  const values = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / Float64Array.BYTES_PER_ELEMENT);
  takeRows(
    comparison,
    rows.map(({ id }) => id),
    ORACLE_FEATURES,
    values,
  );
  return output.trimEnd();
}

function* linesOf(rows: readonly KnownTransaction[]): Generator<string> {
  yield 'transaction_id,occurred_at,customer_id,terminal_id,amount\n';
  for (const { id, atMs, customer, terminal, cents } of rows) {
    yield `${id},${new Date(atMs).toISOString()},${customer},${terminal},${cents / 100}\n`;
  }
}
