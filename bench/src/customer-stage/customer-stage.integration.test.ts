import { expect, test } from 'vitest';
import { BENCH_DEFAULTS } from '../contract/bench.js';
import { runBench } from '../run-bench.js';
import { customerStageBench } from './customer-stage.bench.js';
import { QUIET_HOST } from '../../test/quiet-host.js';

test('the customer stage processes the whole backlog in every run', async () => {
  const report = await runBench(customerStageBench, 2, QUIET_HOST, { ...BENCH_DEFAULTS, transactions: 10_000 });

  expect(report).toMatchObject({ name: 'customer-stage', runs: 2 });
  expect(report.figures['events_per_second']?.min).toBeGreaterThan(0);
  expect(report.figures['cpu_customer-stage']?.min).toBeGreaterThan(0);
}, 180_000);
