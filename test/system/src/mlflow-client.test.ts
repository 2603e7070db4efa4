import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processEnvironment } from '@fraudflow/config';
import { defined } from '@fraudflow/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPythonEnvironment, run } from './python-environment.js';
import { type RunningSystem, startSystem } from './running-system.js';
import { httpUrl } from './service-urls.js';

const CONFORMANCE = join(import.meta.dirname, '../../conformance/mlflow');
const INSTALL_TIMEOUT_MS = 300_000;
const RUN_TIMEOUT_MS = 180_000;

const folder = mkdtempSync(join(tmpdir(), 'fraudflow-mlflow-'));
let system: RunningSystem | undefined;
let python: Awaited<ReturnType<typeof createPythonEnvironment>>;

beforeAll(async () => {
  const requirements = join(CONFORMANCE, 'requirements.txt');
  python = await createPythonEnvironment(join(folder, 'venv'), requirements, INSTALL_TIMEOUT_MS);
  const isContinuousIntegration = processEnvironment()['CI'] === 'true';
  if (!python.isReady && isContinuousIntegration) throw new Error(`CI needs the MLflow client: ${python.reason}`);
  system = await startSystem(['registry']);
}, INSTALL_TIMEOUT_MS + 120_000);

afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a script of the conformance folder against the registry and expects all of its checks to pass. */
async function expectConformance(executable: string, script: string): Promise<void> {
  const url = httpUrl(defined(system, 'the system'), 'registry');
  const { exitCode, output } = await run(executable, [join(CONFORMANCE, script), url], RUN_TIMEOUT_MS);

  expect(output.split('\n').filter((line) => line.startsWith('FAIL'))).toEqual([]);
  expect(exitCode, output).toBe(0);
  expect(output).toMatch(/\b([1-9]\d+) of \1 checks passed/);
}

test('the unmodified MLflow client passes all checks', async (context) => {
  if (!python.isReady) return context.skip(python.reason);
  await expectConformance(python.executable, 'check_client.py');
});

test("requests that the client never sends get the responses of MLflow's REST API", async (context) => {
  if (!python.isReady) return context.skip(python.reason);
  await expectConformance(python.executable, 'check_wire.py');
});
