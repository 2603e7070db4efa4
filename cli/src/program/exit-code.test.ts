import { invalidInput, unavailable } from '@fraudflow/core';
import { CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { CommandFailed, errorText, exitCodeOf } from './exit-code.js';

test('wrong usage and wrong configuration exit with 2, failures with 1, help with 0', () => {
  expect(exitCodeOf(new CommanderError(1, 'commander.unknownOption', 'unknown'))).toBe(2);
  expect(exitCodeOf(invalidInput('FRAUDFLOW_X must be a number'))).toBe(2);
  expect(exitCodeOf(unavailable('kafka was not ready'))).toBe(1);
  expect(exitCodeOf(new TypeError('bug'))).toBe(1);
  expect(exitCodeOf(new CommandFailed(7))).toBe(7);
  expect(exitCodeOf(new CommanderError(0, 'commander.helpDisplayed', 'help'))).toBe(0);
});

test('an error is printed as one sentence, and with --verbose with its stack and its causes', () => {
  const error = unavailable('kafka was not ready', { cause: new Error('connection refused') });

  expect(errorText(error, false)).toBe('fraudflow: kafka was not ready');
  expect(errorText(error, true)).toContain('exit-code.test');
  expect(errorText(error, true)).toContain('caused by: fraudflow: Error: connection refused');
});

test('an error that commander has already printed is not printed again', () => {
  expect(errorText(new CommanderError(1, 'commander.unknownOption', 'unknown'), false)).toBeUndefined();
});
