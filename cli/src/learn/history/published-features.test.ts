import { existsSync } from 'node:fs';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import { readHandbookFile } from '@fraudflow/bench';
import { DAY_MS } from '@fraudflow/core';
import { FRAUD_DETECTION_FEATURES } from '@fraudflow/features';
import { expect, test } from 'vitest';
import { FeatureStream } from './feature-stream.js';

const folder = fileURLToPath(new URL('../../../../../shared/data/handbook/', import.meta.url));
const hasHandbook = existsSync(`${folder}transactions.csv.gz`) && existsSync(`${folder}features.csv.gz`);

async function publishedFeatures(): Promise<Map<string, Float64Array>> {
  const input = createReadStream(`${folder}features.csv.gz`).pipe(createGunzip());
  const published = new Map<string, Float64Array>();
  for await (const line of createInterface({ input })) {
    const [id = '', ...values] = line.split(',');
    if (id !== 'TRANSACTION_ID') published.set(id, Float64Array.from(values, Number));
  }
  return published;
}

function mismatchOf(vector: Float64Array, published: Float64Array): string | undefined {
  const wrong = published.findIndex((value, i) => !(Math.abs((vector[i + 1] ?? Number.NaN) - value) <= 1e-9));
  return wrong === -1
    ? undefined
    : `${FRAUD_DETECTION_FEATURES.features[wrong + 1]?.name}: ${vector[wrong + 1]}, published ${published[wrong]}`;
}

test.skipIf(!hasHandbook)(
  'the features of all published rows equal the published ones within 1e-9 (skipped without shared/data/handbook)',
  { timeout: 240_000 },
  async () => {
    const published = await publishedFeatures();
    const stream = new FeatureStream(FRAUD_DETECTION_FEATURES, 7 * DAY_MS);
    const mismatches: string[] = [];
    let compared = 0;

    for await (const { rows } of readHandbookFile(`${folder}transactions.csv.gz`)) {
      for (const row of rows) {
        stream.take(row);
        const expected = published.get(row.transactionId);
        if (expected === undefined) continue;
        compared++;
        const mismatch = mismatchOf(stream.vector, expected);
        if (mismatch !== undefined) mismatches.push(`${row.transactionId} ${mismatch}`);
      }
    }

    expect(mismatches.slice(0, 10)).toEqual([]);
    expect(compared).toBe(134_320);
  },
);
