import { closeSync, existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { logTail, openLog } from './log-file.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fraudflow-log-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('the tail holds the last lines of this run only', () => {
  const log = join(folder, 'a.log');
  const before = 'yesterday\n';
  writeFileSync(log, `${before}one\ntwo\nthree\n`);

  expect(logTail(log, before.length)).toBe('one\ntwo\nthree');
  expect(logTail(log, before.length, 2)).toBe('two\nthree');
});

test('a log that does not exist has an empty tail', () => {
  expect(logTail(join(folder, 'none.log'), 0)).toBe('');
});

test('a log that has grown large is set aside when it is opened', () => {
  const log = join(folder, 'a.log');
  writeFileSync(log, '');
  truncateSync(log, 21 * 1024 * 1024);

  closeSync(openLog(log));

  expect(existsSync(`${log}.1`)).toBe(true);
  expect(logTail(log, 0)).toBe('');
});
