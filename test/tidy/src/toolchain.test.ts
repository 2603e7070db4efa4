import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './workspace.js';

/** Runs a tool of this repository and returns what it printed if it was not content. */
function complaints(tool: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(join(ROOT, 'node_modules', '.bin', tool), args, {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return status === 0 ? '' : `${stdout}${stderr}`.slice(-4_000);
}

test('the linter finds no error', () => {
  expect(complaints('oxlint', '--type-aware', '--quiet')).toBe('');
});

test('every file is formatted', () => {
  expect(complaints('prettier', '--check', '--log-level', 'warn', '.')).toBe('');
});

test('the tests type-check, not only the product', () => {
  expect(complaints('tsc', '-p', 'tsconfig.tests.json')).toBe('');
}, 180_000);

test('the calls follow the style of buf', () => {
  expect(complaints('buf', 'lint')).toBe('');
});
