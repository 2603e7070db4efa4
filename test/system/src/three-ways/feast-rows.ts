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

export interface FeastAddresses {
  /** `host:port` of the registry. */
  readonly registry: string;
  readonly online: string;
  /** `host:port` of the offline store. */
  readonly flight: string;
}

export interface FeastReading {
  readonly python: string;
  readonly folder: string;
  readonly addresses: FeastAddresses;
  /**
   * `named`: rows have the transaction id. `in_hand`: rows have only the amount, and features are computed as of the
   * row's time. `range`: no rows are sent, only the time range from the first to the last row.
   */
  readonly rows: 'named' | 'in_hand' | 'range';
  readonly timeoutMs: number;
}

/** Reads the historical features of all rows with one call of the SDK. @returns the output of the script */
export async function readFeast(
  { python, folder, addresses, rows: kind, timeoutMs }: FeastReading,
  rows: readonly KnownTransaction[],
  comparison: Comparison,
): Promise<string> {
  const asked = join(folder, 'asked.csv');
  const answer = join(folder, 'answer.f64');
  await pipeline(Readable.from(linesOf(rows)), createWriteStream(asked));
  const options = { ...addresses, rows: kind, asked, answer, features: ORACLE_FEATURES.join(',') };
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
