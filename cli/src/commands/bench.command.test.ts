import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bench, type BenchReport, BENCHES } from '@fraudflow/bench';
import { expect, onTestFinished, test } from 'vitest';
import { runCli } from '../program/run-cli.js';
import { registerBenches } from './bench.command.js';

/** A new benchmark, except for its line in the list. */
const noOpBench: Bench = {
  name: 'no-op',
  description: 'measures nothing',
  open: () =>
    Promise.resolve({
      versions: { nothing: '1.0' },
      measure: (run) => Promise.resolve({ runs_so_far: { value: run, unit: 'runs' } }),
      close: () => Promise.resolve(),
    }),
};

async function run(...args: readonly string[]) {
  const out: string[] = [];
  const exitCode = await runCli(
    args,
    [{ register: (program, context) => registerBenches([...BENCHES, noOpBench], program, context) }],
    {
      env: {},
      out: (line) => out.push(line),
      note: () => undefined,
      interrupted: new AbortController().signal,
      mainScript: '',
    },
  );
  return { exitCode, out: out.join('\n') };
}

test('a benchmark is one object and one line in the list: the command lists, runs and reports it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-command-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'report.json');

  const listed = await run('bench');
  const measured = await run('bench', 'no-op', '--runs', '3', '--json', file);

  expect(listed.out).toMatch(/no-op +measures nothing/);
  expect(measured.exitCode).toBe(0);
  expect(measured.out).toMatch(/runs_so_far +1 +2 +3 +runs/);
  const report = JSON.parse(readFileSync(file, 'utf8')) as BenchReport;
  expect(report).toMatchObject({ name: 'no-op', runs: 3, machine: { versions: { nothing: '1.0' } } });
  expect(report.figures['runs_so_far']).toEqual({ min: 1, median: 2, max: 3, unit: 'runs' });
});
