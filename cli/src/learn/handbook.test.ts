import { createReadStream, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import { readHandbookFile } from '@fraudflow/bench';
import { DAY_MS } from '@fraudflow/core';
import { FRAUD_DETECTION_FEATURES } from '@fraudflow/features';
import { defaultDataDir, layoutOf } from '@fraudflow/local';
import { nativePlatform } from '@fraudflow/xgboost';
import { expect, test } from 'vitest';
import { learnCommand } from '../commands/learn.command.js';
import { runCli } from '../program/run-cli.js';
import { FeatureStream } from './history/feature-stream.js';

const folder = fileURLToPath(new URL('../../../../shared/data/handbook/', import.meta.url));
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

interface FoldJson {
  readonly train: { readonly rows: number; readonly frauds: number };
  readonly test: { readonly rows: number; readonly frauds: number };
  readonly removed: { readonly rows: number };
  readonly metrics: Readonly<Record<string, { readonly value: number }>>;
  readonly perfect_card_precision_100: number;
}

async function evaluated(learner: string): Promise<FoldJson | undefined> {
  const out: string[] = [];
  const notes: string[] = [];
  const args = [
    '--train-start',
    '2018-07-25',
    '--folds',
    '1',
    '--resamples',
    '20',
    '--json',
    '-',
    '--learner',
    learner,
  ];
  const exitCode = await runCli(
    ['learn', 'evaluate', '--transactions', `${folder}transactions.csv.gz`, ...args],
    [learnCommand],
    {
      env: {},
      out: (line) => out.push(line),
      note: (line) => notes.push(line),
      interrupted: new AbortController().signal,
      mainScript: '',
    },
  );
  if (exitCode !== 0) throw new Error(notes.join('\n'));
  return (JSON.parse(out.join('\n')) as { readonly folds: readonly FoldJson[] }).folds[0];
}

const { key, xgboostFile } = nativePlatform();
const hasLibrary = existsSync(join(dirname(layoutOf(defaultDataDir()).native), key, xgboostFile));

test.skipIf(!hasHandbook || !hasLibrary).each([
  { learner: 'handbook-xgboost-default', auc_roc: 0.862, average_precision: 0.639, card_precision_100: 0.273 },
  { learner: 'handbook-logistic', auc_roc: 0.871, average_precision: 0.606, card_precision_100: 0.291 },
])(
  'learn evaluate --learner $learner reproduces the figures of the handbook (skipped without shared/data/handbook)',
  { timeout: 240_000 },
  async ({ learner, ...figures }) => {
    const fold = await evaluated(learner);

    expect(fold).toMatchObject({
      train: { rows: 67_240, frauds: 598 },
      test: { rows: 58_264, frauds: 385 },
      removed: { rows: 8_816 },
    });
    expect(fold?.perfect_card_precision_100).toBeCloseTo(0.397, 3);
    for (const [name, value] of Object.entries(figures)) {
      expect(Math.abs((fold?.metrics[name]?.value ?? Number.NaN) - value), name).toBeLessThanOrEqual(0.005);
    }
  },
);
