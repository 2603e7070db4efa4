// Real: the built command line with its benches. Faked: nothing.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  type BenchReport,
  calibrationSpeed,
  compareWithBaselines,
  type Comparison,
  readBaselines,
  violationsOf,
} from '@fraudflow/bench';
import { repositoryRoot } from '@fraudflow/local';
import { expect, onTestFinished, test } from 'vitest';
import { printLine } from './faults/print-line.js';

/** The benches that take less than two minutes. */
const QUICK_BENCHES = ['engine', 'customer-stage'];
/** Other load on the machine makes single rounds slower. The best round counts. */
const ROUNDS = 3;
const BENCH_LIMIT_MS = 600_000;

/*
 * The only test that compares speeds. The machine's own speed is measured before and after each bench, so that a slower
 * machine does not fail the test. To run only this file: npx vitest run --project full
 * test/system/src/baselines.full.test.ts
 */
test('no quick benchmark is worse than its baseline by more than the tolerance', async () => {
  const baselines = readBaselines().filter(({ bench, options }) => QUICK_BENCHES.includes(bench) && !options);
  const folder = mkdtempSync(join(tmpdir(), 'fraudflow-baselines-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const speeds = [calibrationSpeed()];
  const reports: BenchReport[] = [];

  for (let round = 1; round <= ROUNDS; round++) {
    for (const bench of QUICK_BENCHES) {
      reports.push(await benchReport(bench, join(folder, `${bench}-${round}.json`)));
      speeds.push(calibrationSpeed());
    }
  }

  const calibration = Math.max(...speeds);
  const comparisons = compareWithBaselines(
    baselines,
    reports.map(({ name, figures }) => ({ bench: name, figures, calibration })),
  );
  comparisons.forEach((comparison) => printLine(lineOf(comparison)));
  expect(violationsOf(comparisons)).toEqual([]);
  expect(comparisons.map(({ baseline }) => baseline)).toEqual(baselines);
}, 3_600_000);

/** One run of a bench in a separate process, as a user starts it. */
async function benchReport(bench: string, file: string): Promise<BenchReport> {
  const main = join(repositoryRoot(), 'cli/dist/main.js');
  const args = [main, 'bench', bench, '--runs', '1', '--json', file];
  await promisify(execFile)(process.execPath, args, { timeout: BENCH_LIMIT_MS });
  return JSON.parse(readFileSync(file, 'utf8')) as BenchReport;
}

function lineOf({ baseline, expected, measured, timesWorse }: Comparison): string {
  const { bench, figure, unit } = baseline;
  const [got, wanted] = [measured, expected].map((value) => Number(value.toPrecision(4)));
  return `${bench} ${figure}: ${got} ${unit}, expected ${wanted}, factor ${timesWorse.toFixed(2)}`;
}
