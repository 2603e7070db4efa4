import { expect, test } from 'vitest';
import { isErrorCode } from './error-codes.js';
import { fieldCode } from './error-codes/error-code-entry.js';
import { ERROR_KINDS, type ErrorKind } from './error-kinds.js';
import { AppError } from './errors.js';

test.each(['INVALID_INPUT', 'CUSTOMER_ID_MISSING', 'CUSTOMER_ID_IS_CARD_NUMBER', 'HTTP_502'])(
  '%s of a remote service is accepted',
  (code) => {
    expect(isErrorCode(code)).toBe(true);
  },
);

test.each(['', 'toString', 'invalid_input', 'AMOUNT_NOT_POSITIVE', 'HTTP_', '_IS_CARD_NUMBER'])(
  '%j of a remote service is refused',
  (code) => {
    expect(isErrorCode(code)).toBe(false);
  },
);

test('an error without a code has the code of its kind', () => {
  for (const kind of Object.keys(ERROR_KINDS) as ErrorKind[]) {
    const { code } = new AppError(kind, 'reason');

    expect(code).toBe(kind.toUpperCase());
    expect(isErrorCode(code)).toBe(true);
  }
});

test('the code of a field is its name in upper case and the problem', () => {
  expect(fieldCode('customer_id', 'MISSING')).toBe('CUSTOMER_ID_MISSING');
});
