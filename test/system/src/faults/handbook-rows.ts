import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import type { KnownTransaction } from '../naive-features.js';

const FOLDER = fileURLToPath(new URL('../../../../../shared/data/handbook/', import.meta.url));
const TRANSACTIONS = join(FOLDER, 'transactions.csv.gz');
const FEATURES = join(FOLDER, 'features.csv.gz');

export function hasHandbook(): boolean {
  return existsSync(TRANSACTIONS) && existsSync(FEATURES);
}

/** All transactions of the file, in its order. */
export async function handbookRows(): Promise<readonly KnownTransaction[]> {
  const rows: KnownTransaction[] = [];
  for await (const [id = '', time = '', customer = '', terminal = '', amount = '', fraud = ''] of cells(TRANSACTIONS)) {
    const atMs = Date.parse(`${time.replace(' ', 'T')}Z`);
    const isFraud = fraud === '1';
    rows.push({ id, atMs, customer, terminal, cents: Math.round(Number(amount) * 100), isFraud });
  }
  return rows;
}

/** The features published with the book by transaction, under FraudFlow's names. */
export async function* publishedFeatures(): AsyncGenerator<{
  readonly id: string;
  readonly values: ReadonlyMap<string, number>;
}> {
  const names: string[] = [];
  for await (const line of lines(FEATURES)) {
    const [id = '', ...rest] = line.split(',');
    if (names.length === 0) names.push(...rest.map((name) => name.toLowerCase()));
    else yield { id, values: new Map(rest.map((text, slot) => [names[slot] ?? '', Number(text)])) };
  }
}

async function* cells(path: string): AsyncGenerator<readonly string[]> {
  let isHeader = true;
  for await (const line of lines(path)) {
    if (!isHeader) yield line.split(',');
    isHeader = false;
  }
}

function lines(path: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(path).pipe(createGunzip()) });
}
