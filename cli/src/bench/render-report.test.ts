import type { BenchReport } from '@fraudflow/bench';
import { expect, test } from 'vitest';
import { renderReport } from './render-report.js';

const REPORT: BenchReport = {
  name: 'fake',
  machine: {
    cpu: 'a processor',
    cores: 4,
    memory_gib: 16,
    os: 'Linux 6',
    node: 'v24.0.0',
    load_before: 0.1,
    versions: { kafka: '4.1.0' },
  },
  commit: 'abc',
  runs: 3,
  figures: { rate: { min: 10, median: 20, max: 30, unit: '1/s' } },
  raw: [],
  options: {
    transactions: 1,
    history: 1,
    workers: 1,
    customers: 1,
    partitions: 1,
    feastPython: undefined,
  },
};

test('a report names commit, machine and versions, and has a line for each figure', () => {
  const text = renderReport(REPORT).join('\n');

  expect(text).toContain('bench fake, 3 runs, commit abc');
  expect(text).toContain('4 × a processor, 16 GiB, Linux 6, load before 0.1');
  expect(text).toContain('node v24.0.0, kafka 4.1.0');
  expect(text).toMatch(/rate +10 +20 +30 +1\/s/);
});
