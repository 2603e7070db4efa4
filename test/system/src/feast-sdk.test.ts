import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@fraudflow/config';
import { DAY_MS, defined } from '@fraudflow/core';
import { silentLogger } from '@fraudflow/observability';
import { connectPostgres } from '@fraudflow/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { naiveFeatures, type KnownTransaction } from './naive-features.js';
import { createPythonEnvironment, run } from './python-environment.js';
import { type RunningSystem, startSystem } from './running-system.js';
import { httpUrl } from './service-urls.js';
import { publish, simulate } from './traffic.js';
import { waitFor } from './wait-for.js';

const CONFORMANCE = join(import.meta.dirname, '../../conformance/feast');
const INSTALL_TIMEOUT_MS = 240_000;
const RUN_TIMEOUT_MS = 120_000;
const SLICE_MS = 5 * DAY_MS;

const folder = mkdtempSync(join(tmpdir(), 'fraudflow-feast-'));
let system: RunningSystem | undefined;
let python: Awaited<ReturnType<typeof createPythonEnvironment>>;

beforeAll(async () => {
  python = await createPythonEnvironment(
    join(folder, 'venv'),
    join(CONFORMANCE, 'requirements.txt'),
    INSTALL_TIMEOUT_MS,
  );
  if (python.isReady) system = await startSystem(['ingestion', 'feature-store']);
}, INSTALL_TIMEOUT_MS + 120_000);

afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('the unmodified Feast SDK passes all checks, and all ways of reading give the same numbers', async (context) => {
  if (!python.isReady) return context.skip(python.reason);
  const running = defined(system, 'the system');
  const rows = simulate(40, 60, 90, 23);
  await publishAndStore(running, rows);
  const file = join(folder, 'transactions.csv');
  writeFileSync(file, toCsv(rows));
  const ports = defined(
    running.stack.parts().find(({ name }) => name === 'feature-store'),
    'feature-store',
  ).ports;

  const result = await run(
    python.executable,
    checkArguments({
      registry: `127.0.0.1:${ports['registry']}`,
      online: httpUrl(running, 'feature-store'),
      flight: `127.0.0.1:${ports['flight']}`,
      transactions: file,
    }),
    RUN_TIMEOUT_MS,
  );

  expect(result.output.split('\n').filter((line) => line.startsWith('FAIL'))).toEqual([]);
  expect(result.exitCode, result.output).toBe(0);
  expect(result.output).toMatch(/[1-9]\d passed, 0 failed/);
});

/**
 * Rows by consecutive spans, each shorter than the label delay, so that no partition runs ahead of labels that others
 * need.
 */
function slicesOf(rows: readonly KnownTransaction[], spanMs: number): readonly (readonly KnownTransaction[])[] {
  const slices = new Map<number, KnownTransaction[]>();
  for (const row of rows) {
    const key = Math.floor(row.atMs / spanMs);
    slices.set(key, [...(slices.get(key) ?? []), row]);
  }
  return [...slices.values()];
}

/** Sends all rows. Each slice is sent after the one before is stored. */
async function publishAndStore(running: RunningSystem, rows: readonly KnownTransaction[]): Promise<void> {
  const url = new Secret(running.stack.addresses.postgresUrl);
  const pool = await connectPostgres({ url, poolSize: 1, logger: silentLogger });
  const stored = async (): Promise<number> => {
    const { rows: counts } = await pool.query<{ count: number }>('SELECT count(*)::int FROM offline.feature_rows');
    return counts[0]?.count ?? 0;
  };
  try {
    let sent = 0;
    for (const slice of slicesOf(rows, SLICE_MS)) {
      await publish(running.producer, slice);
      sent += slice.length;
      await waitFor('the rows in the offline store', stored, (count) => count >= sent, 60_000);
    }
  } finally {
    await pool.end();
  }
}

function checkArguments(options: Readonly<Record<string, string>>): readonly string[] {
  return [
    join(CONFORMANCE, 'check_sdk.py'),
    ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
  ];
}

/** Transactions with their features from an independent computation. */
function toCsv(rows: readonly KnownTransaction[]): string {
  const expected = naiveFeatures(rows);
  const names = Object.keys(expected.get(rows[0]?.id ?? '') ?? {});
  const lines = rows.map(({ id, atMs, customer, terminal, cents }) => {
    const features = expected.get(id) ?? {};
    const values = names.map((name) => features[name] ?? '');
    return [id, new Date(atMs).toISOString(), customer, terminal, cents / 100, ...values].join(',');
  });
  return [['transaction_id', 'occurred_at', 'customer_id', 'terminal_id', 'amount', ...names].join(','), ...lines].join(
    '\n',
  );
}
