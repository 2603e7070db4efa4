import { expect, test } from 'vitest';
import type { CliContext } from '../../program/cli-context.js';
import { BENCH_DEFAULTS } from '../contract/bench.js';
import { runBench } from '../run-bench.js';
import { customerStageBench } from './customer-stage.bench.js';

const CLI: CliContext = {
  env: {},
  out: () => undefined,
  note: () => undefined,
  interrupted: new AbortController().signal,
  mainScript: '',
};

test('the customer stage catches its backlog up, again in every run', async () => {
  const report = await runBench(customerStageBench, 2, CLI, { ...BENCH_DEFAULTS, transactions: 10_000 });

  expect(report).toMatchObject({ name: 'customer-stage', runs: 2 });
  expect(report.figures['events_per_second']?.min).toBeGreaterThan(0);
  expect(report.figures['cpu_customer-stage']?.min).toBeGreaterThan(0);
}, 180_000);
