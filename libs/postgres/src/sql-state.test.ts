import { invalidInput, unavailable } from '@fraudflow/core';
import { expect, test } from 'vitest';
import { isDataRefused, sqlStateOf } from './sql-state.js';

const withCode = (code: string): Error => Object.assign(new Error(code), { code });

test.each([
  ['a text with NUL', withCode('22021')],
  ['a time out of range', withCode('22008')],
  ['a row without a matching partition', withCode('23514')],
  ['a value too long for an index', withCode('54000')],
  ['a number the encoder cannot write', new RangeError('beyond int8')],
  ['a failed input check', invalidInput('no')],
])('%s is a permanent refusal', (_what, error) => expect(isDataRefused(error)).toBe(true));

test.each([
  ['a refused connection', withCode('ECONNREFUSED')],
  ['a broken pipe', withCode('EPIPE')],
  ['a lost connection', new Error('Connection terminated unexpectedly')],
  ['a lock that is not available', withCode('55P03')],
  ['a full disk', withCode('53100')],
  ['a server that shuts down', withCode('57P01')],
  ['a missing table', withCode('42P01')],
  ['a deadlock', withCode('40P01')],
  ['an absent dependency', unavailable('down')],
  ['an undefined error', undefined],
])('%s is not a permanent refusal', (_what, error) => expect(isDataRefused(error)).toBe(false));

test('error codes of Node are not taken for a SQLSTATE', () => {
  expect([withCode('22021'), withCode('EPIPE'), withCode('ECONNRESET'), new Error('x'), null].map(sqlStateOf)).toEqual([
    '22021',
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
