import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdtempSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { logTail, openLog, rotateOpenLog } from './log-file.js';

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

test('a large log is renamed when it is opened', () => {
  const log = join(folder, 'a.log');
  writeFileSync(log, '');
  truncateSync(log, 21 * 1024 * 1024);

  closeSync(openLog(log));

  expect(existsSync(`${log}.1`)).toBe(true);
  expect(logTail(log, 0)).toBe('');
});

test('a large log is copied and emptied while it is written, and continues at its beginning', () => {
  const path = join(folder, 'a.log');
  const log = openLog(path);
  writeSync(log, 'old\n');
  ftruncateSync(log, 21 * 1024 * 1024);

  const wasMoved = rotateOpenLog(path);
  writeSync(log, 'new\n');

  closeSync(log);
  expect(statSync(`${path}.1`)).toMatchObject({ size: 21 * 1024 * 1024 });
  expect(statSync(`${path}.1`).mode & 0o777).toBe(0o600);
  expect(statSync(path).size).toBe('new\n'.length);
  expect(wasMoved).toBe(true);
  expect(logTail(path, 0)).toBe('new');
});

test('a small log is not rotated', () => {
  const path = join(folder, 'a.log');
  writeFileSync(path, 'line\n');

  expect(rotateOpenLog(path)).toBe(false);

  expect(existsSync(`${path}.1`)).toBe(false);
  expect(logTail(path, 0)).toBe('line');
});
