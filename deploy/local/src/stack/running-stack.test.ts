import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { layoutOf } from '../system/layout.js';
import { claimDataDir } from './claim.js';
import { runningDataDir } from './running-stack.js';

let parent: string;
let main: string;
let demo: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'fraudflow-running-'));
  main = join(parent, 'main');
  demo = join(main, 'demo');
  for (const folder of [main, demo]) mkdirSync(dirname(layoutOf(folder).claim), { recursive: true });
});

afterEach(() => rmSync(parent, { recursive: true }));

test('without a running stack, commands use the first data folder', () => {
  expect(runningDataDir(main, demo)).toBe(main);
});

test('commands find the stack on the second folder if only that one runs', () => {
  claimDataDir(layoutOf(demo));

  expect(runningDataDir(main, demo)).toBe(demo);
});

test('the first folder has precedence if both run', () => {
  claimDataDir(layoutOf(main));
  claimDataDir(layoutOf(demo));

  expect(runningDataDir(main, demo)).toBe(main);
});

test('the claim of a process that has ended does not count', () => {
  writeFileSync(layoutOf(demo).claim, JSON.stringify({ pid: process.pid, identity: 'an earlier process' }));

  expect(runningDataDir(main, demo)).toBe(main);
});
