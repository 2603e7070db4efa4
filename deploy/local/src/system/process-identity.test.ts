import { expect, test } from 'vitest';
import { commandLineOf, isSameProcess, processIdentity } from './process-identity.js';

const NEVER_A_PID = 2 ** 30;

test('a process keeps its identity, and another start time means another process', () => {
  const identity = processIdentity(process.pid);

  expect(identity).toBeDefined();
  expect(isSameProcess(process.pid, identity ?? '')).toBe(true);
  expect(isSameProcess(process.pid, 'ticks:1')).toBe(false);
});

test('an unused number has no identity', () => {
  expect(processIdentity(NEVER_A_PID)).toBeUndefined();
  expect(commandLineOf(NEVER_A_PID)).toBeUndefined();
});
