import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { BENCHES } from '../bench-registry.js';
import { readBaselines } from './baseline.js';

test('every recorded figure belongs to a bench that exists, and none is recorded twice', () => {
  const baselines = readBaselines();

  const names = new Set(BENCHES.map(({ name }) => name));
  const keys = baselines.map(({ bench, figure, options = '' }) => `${bench} ${figure} ${options}`);
  expect(baselines.filter(({ bench }) => !names.has(bench))).toEqual([]);
  expect(new Set(keys).size).toBe(baselines.length);
  expect(baselines.length).toBeGreaterThan(0);
});

test('a file of another form is refused with the wrong place', () => {
  const folder = mkdtempSync(join(tmpdir(), 'baselines-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'baselines.json');
  writeFileSync(path, JSON.stringify([{ bench: 'engine', figure: 'rate', unit: '1/s', median: 1, better: 'faster' }]));

  expect(() => readBaselines(path)).toThrow(/better/);
});
