import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';

/** Published transactions as columns, in the order of the file. */
export interface HandbookRows {
  readonly ids: string[];
  readonly occurredAtMs: number[];
  readonly cardIds: number[];
  readonly amounts: number[];
  readonly labels: number[];
  readonly scenarios: number[];
}

const pathOf = (name: string): string =>
  fileURLToPath(new URL(`../../../../shared/data/handbook/${name}`, import.meta.url));

/** Whether the published data are beside the checkout. */
export const hasHandbook = existsSync(pathOf('transactions.csv.gz')) && existsSync(pathOf('features.csv.gz'));

/** Reads the published transactions of this day and later. @param from YYYY-MM-DD */
export async function readHandbook(from: string): Promise<HandbookRows> {
  const rows: HandbookRows = { ids: [], occurredAtMs: [], cardIds: [], amounts: [], labels: [], scenarios: [] };
  for await (const [id = '', at = '', card, , amount, label, scenario] of linesOf('transactions.csv.gz')) {
    if (at < from || at > '3') continue;
    rows.ids.push(id);
    rows.occurredAtMs.push(Date.parse(`${at.replace(' ', 'T')}Z`));
    rows.cardIds.push(Number(card));
    rows.amounts.push(Number(amount));
    rows.labels.push(Number(label));
    rows.scenarios.push(Number(scenario));
  }
  return rows;
}

/** The published features but for the amount, by transaction. */
export async function readHandbookFeatures(): Promise<ReadonlyMap<string, readonly number[]>> {
  const features = new Map<string, readonly number[]>();
  for await (const [id = '', ...values] of linesOf('features.csv.gz')) {
    if (id !== 'TRANSACTION_ID') features.set(id, values.map(Number));
  }
  return features;
}

async function* linesOf(name: string): AsyncIterable<string[]> {
  const input = createReadStream(pathOf(name)).pipe(createGunzip());
  for await (const line of createInterface({ input })) yield line.split(',');
}
