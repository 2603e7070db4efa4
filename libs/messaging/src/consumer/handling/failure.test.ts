import { expect, test } from 'vitest';
import { AppError, failedPrecondition, invalidInput, unavailable } from '@fraudflow/core';
import { classify } from './failure.js';

const withCode = (code: string): Error => Object.assign(new Error('driver'), { code });

test.each([
  ['our retryable errors', unavailable('away')],
  ['an unmet precondition', failedPrecondition('no model yet')],
  ['a missing permission', new AppError('permission_denied', 'no')],
  ['a refused connection', withCode('ECONNREFUSED')],
  ['a Postgres deadlock', withCode('40P01')],
  ['a Postgres that is read-only', withCode('25006')],
  ['a Postgres that refuses the login', withCode('28P01')],
  ['a missing right in Postgres', withCode('42501')],
  ['a missing database', withCode('3D000')],
  ['a missing table', withCode('42P01')],
  ['a full disk of Postgres', withCode('53100')],
  ['a connection pg lost', new Error('Connection terminated unexpectedly')],
  ['a pool of pg without a free connection', new Error('timeout exceeded when trying to connect')],
  ['a connection that pg could not establish in time', new Error('Connection terminated due to connection timeout')],
  ['a missing topic', new AppError('not_found', 'topic x does not exist', { code: 'UNKNOWN_TOPIC' })],
  ['a Redis that cannot persist', new Error('MISCONF Redis is configured to save RDB snapshots')],
  ['a loading Redis', new Error('LOADING Redis is loading the dataset in memory')],
  ['a cause deep below', new Error('outer', { cause: new Error('middle', { cause: withCode('ETIMEDOUT') }) })],
])('%s is transient', (_, error) => {
  expect(classify(error)).toBe('passing');
});

test.each([
  ['bad input', invalidInput('no')],
  ['a broken invariant', new AppError('assertion_failed', 'bug')],
  ['a bug', new TypeError('undefined is not a function')],
  ['a Postgres check violation', withCode('23514')],
  ['a value Postgres cannot hold', withCode('22003')],
  ['an error raised by a function of Postgres', withCode('P0001')],
  ['a driver error whose code is a word', withCode('STALE')],
  ['a thing that does not exist', new AppError('not_found', 'no such customer')],
  ['a thrown text', 'oops'],
])('%s is poison', (_, error) => {
  expect(classify(error)).toBe('poison');
});

test('a lost partition is neither transient nor poison', () => {
  expect(classify(failedPrecondition('gone', { code: 'FENCED' }))).toBe('fenced');
});
