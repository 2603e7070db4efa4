import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { featuresV1 } from '@fraudflow/contracts';
import { DAY_MS } from '@fraudflow/core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { FaultRun } from '../faults/fault-run.js';
import { faultless } from '../faults/feature-tail.js';
import { handbookRows, hasHandbook } from '../faults/handbook-rows.js';
import { untilCaughtUp } from '../faults/stage-places.js';
import type { Expectations } from '../faults/oracle.js';
import { expectationsOf } from '../faults/stream.js';
import { printLine } from '../faults/print-line.js';
import type { Worker } from '../faults/worker.js';
import { createPythonEnvironment, type PythonEnvironment } from '../python-environment.js';
import { Comparison, identical, spansOf } from './comparison.js';
import { FEAST_CONFORMANCE, type FeastAddresses, readFeast } from './feast-rows.js';
import { readOnlineAsOf } from './online-rows.js';
import { readTrainingSet, untilStored } from './training-rows.js';

const { TRAINING_SET_SOURCE_SERVED, TRAINING_SET_SOURCE_RECOMPUTED } = featuresV1.TrainingSetSource;
const INSTALL_MS = 240_000;
const LIMIT_MS = 1_200_000;
/**
 * Span of event time that is read online while the next span is processed. States keep the history for reads as of
 * seven days ago, so the stream may be two spans ahead of the oldest row read.
 */
const SPAN_MS = 3 * DAY_MS;

/*
 * To run only this file, with its figures: npx vitest run --project full test/system/src/three-ways
 */
describe.skipIf(!hasHandbook())('the whole handbook file (skipped without shared/data/handbook)', () => {
  let folder: string;
  let python: PythonEnvironment;
  let expectations: Expectations;
  let run: FaultRun;
  let worker: Worker;
  let online: Comparison;
  let hasFailed = false;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fraudflow-three-ways-'));
    python = await createPythonEnvironment(
      join(folder, 'venv'),
      join(FEAST_CONFORMANCE, 'requirements.txt'),
      INSTALL_MS,
    );
    const rows = await handbookRows();
    expectations = expectationsOf(rows);
    run = await FaultRun.start(rows, expectations);
    worker = await run.stack.startWorker('one');
    online = new Comparison(expectations);
    await timed('replayed and read online', rows.length, () => replayAndRead(run, worker, online));
  }, LIMIT_MS + INSTALL_MS);

  afterEach(({ task }) => void (hasFailed ||= task.result?.state === 'fail'));

  afterAll(async () => {
    if (hasFailed) printLine(`logs are in ${run.stack.folder}`);
    await run?.stop({ keepFiles: hasFailed });
    rmSync(folder, { recursive: true, force: true });
  }, 120_000);

  test('the stream emits each row once, and online reads as of its time give the same values while the stream continues', async () => {
    const { findings } = await run.finish();

    expect(findings).toEqual(faultless(run.rows.length));
    expect(online.result()).toEqual(identical(run.rows.length));
  });

  test(
    'training sets, as served and recomputed, hold the same values, the labels available by then and one version',
    async () => {
      const { rows } = run;
      await untilStored(worker, rows, LIMIT_MS);
      const versions = new Set<string>();
      for (const source of [TRAINING_SET_SOURCE_SERVED, TRAINING_SET_SOURCE_RECOMPUTED]) {
        const comparison = new Comparison(expectations);
        const read = (): Promise<{ version: string; wrongLabels: number }> =>
          readTrainingSet(worker, rows, source, comparison);
        const { version, wrongLabels } = await timed(`GetTrainingSet, source ${source}`, rows.length, read);

        expect(comparison.result()).toEqual(identical(rows.length));
        expect(wrongLabels).toBe(0);
        versions.add(version);
      }
      expect(versions.size).toBe(1);
    },
    LIMIT_MS,
  );

  test.for(['named', 'in_hand', 'range'] as const)(
    "the Feast SDK's get_historical_features gives the same, rows %s",
    { timeout: LIMIT_MS },
    async (kind, { skip }) => {
      if (!python.isReady) return skip(python.reason);
      const { rows } = run;
      const comparison = new Comparison(expectations);
      const reading = {
        python: python.executable,
        folder,
        addresses: addressesOf(worker),
        rows: kind,
        timeoutMs: LIMIT_MS,
      };

      printLine(await readFeast(reading, rows, comparison));

      expect(comparison.result()).toEqual(identical(rows.length));
    },
  );
});

/** Sends the spans in order. Each is read online when its output is complete, while the next one is processed. */
async function replayAndRead(run: FaultRun, worker: Worker, online: Comparison): Promise<void> {
  const { rows, stack } = run;
  let sent = 0;
  let waiting: typeof rows = [];
  for (const span of [...spansOf(rows, SPAN_MS), []]) {
    const from = sent / rows.length;
    sent += span.length;
    await Promise.all([run.send(from, sent / rows.length), readOnlineAsOf(worker, waiting, online)]);
    await run.untilOut(sent / rows.length);
    await untilCaughtUp(stack);
    waiting = span;
    printLine(
      `${sent} of ${rows.length} sent, ${online.result().rows} read online, ${online.result().differentRows} wrong`,
    );
  }
}

function addressesOf(worker: Worker): FeastAddresses {
  const loopback = (name: string): string => `127.0.0.1:${worker.port(name)}`;
  return { registry: loopback('registry'), online: worker.httpUrl, flight: loopback('flight') };
}

async function timed<T>(what: string, rows: number, work: () => Promise<T>): Promise<T> {
  const startedAtMs = performance.now();
  const result = await work();
  const seconds = (performance.now() - startedAtMs) / 1_000;
  printLine(`${what}: ${rows} rows in ${seconds.toFixed(1)} s, ${Math.round(rows / seconds)} rows/s`);
  return result;
}
