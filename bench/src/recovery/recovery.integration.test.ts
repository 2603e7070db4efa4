import { expect, test } from 'vitest';
import { BENCH_DEFAULTS } from '../contract/bench.js';
import { runBench } from '../run-bench.js';
import { recoveryBench } from './recovery.bench.js';
import { QUIET_HOST } from '../../test/quiet-host.js';

test('a killed feature store catches up, an emptied Redis is rebuilt to the same bytes, and both are timed', async () => {
  const report = await runBench(recoveryBench, 1, QUIET_HOST, { ...BENCH_DEFAULTS, history: 10_000 });

  expect(report.figures['kill_to_caught_up']?.min).toBeGreaterThan(0);
  expect(report.figures['emptied_to_rebuilt']?.min).toBeGreaterThan(0);
  expect(report.figures['rebuilt_states']?.min).toBeGreaterThan(1_000);
}, 180_000);
