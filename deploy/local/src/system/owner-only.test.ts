import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { getPriority } from 'node:os';
import { expect, test } from 'vitest';
import { ownerOnly } from './owner-only.js';

const OWN = getPriority();

function run(script: string, niceness?: number): string {
  const { file, args } = ownerOnly(process.execPath, ['-e', script], niceness);
  return execFileSync(file, args, { encoding: 'utf8' }).trim();
}

test('a program gets its arguments unchanged, and only its owner can read its files', () => {
  const { file, args } = ownerOnly(
    process.execPath,
    ['-e', 'console.log(process.umask().toString(8), process.argv[1])', 'a "b" $c'],
    3,
  );

  expect(execFileSync(file, args, { encoding: 'utf8' }).trim()).toBe('77 a "b" $c');
});

test('a program with a niceness gets this nice value', () => {
  expect(run('console.log(os.getPriority())', 5)).toBe(String(Math.min(19, OWN + 5)));
});

test('a program without a niceness has the priority of its parent', () => {
  expect(run('console.log(os.getPriority())')).toBe(String(OWN));
});

test.skipIf(!existsSync('/proc/self/autogroup'))('the session of a program gets the nice value as well', () => {
  const { file, args } = ownerOnly('/bin/cat', ['/proc/self/autogroup'], 7);

  // setsid begins a session, as detached parts of the stack do.
  expect(execFileSync('setsid', ['--wait', file, ...args], { encoding: 'utf8' })).toMatch(/ nice 7$/m);
});
