import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './workspace.js';

/** The tools read the whole repository, next to tests that use the other core. */
const PATIENCE_MS = 300_000;

/** Runs a tool of this repository and returns what it printed if it was not content. */
function complaints(tool: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(join(ROOT, 'node_modules', '.bin', tool), args, {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return status === 0 ? '' : `${stdout}${stderr}`.slice(-4_000);
}

test(
  'the linter finds no error and no warning',
  () => {
    expect(complaints('oxlint', '--type-aware', '--deny-warnings')).toBe('');
  },
  PATIENCE_MS,
);

test(
  'every file is formatted',
  () => {
    expect(complaints('prettier', '--check', '--log-level', 'warn', '.')).toBe('');
  },
  PATIENCE_MS,
);

test(
  'the tests type-check, not only the product',
  () => {
    expect(complaints('tsc', '-p', 'tsconfig.tests.json')).toBe('');
  },
  PATIENCE_MS,
);

test('the calls follow the style of buf', () => {
  expect(complaints('buf', 'lint')).toBe('');
});
