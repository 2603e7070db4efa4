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
  ['a loading Redis', new Error('LOADING Redis is loading the dataset in memory')],
  ['a cause deep below', new Error('outer', { cause: new Error('middle', { cause: withCode('ETIMEDOUT') }) })],
])('%s passes', (_, error) => {
  expect(classify(error)).toBe('passing');
});

test.each([
  ['bad input', invalidInput('no')],
  ['a broken invariant', new AppError('assertion_failed', 'bug')],
  ['a bug', new TypeError('undefined is not a function')],
  ['a Postgres check violation', withCode('23514')],
  ['a thrown text', 'oops'],
])('%s is the record to blame', (_, error) => {
  expect(classify(error)).toBe('poison');
});

test('a lost partition is neither', () => {
  expect(classify(failedPrecondition('gone', { code: 'FENCED' }))).toBe('fenced');
});
