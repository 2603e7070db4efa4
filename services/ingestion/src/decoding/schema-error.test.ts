import { currencyRateSchema, labelSchema, transactionSchema } from '@fraudflow/contracts';
import { isErrorCode } from '@fraudflow/core';
import { expect, test } from 'vitest';
import { schemaError } from './decode-json.js';

const SCHEMAS = [transactionSchema, labelSchema, currencyRateSchema];

test('every field of a record has a code for an absent and for an invalid value', () => {
  const fields = SCHEMAS.flatMap(({ shape }) => Object.keys(shape));
  const codes = fields.flatMap((field) => [`${field.toUpperCase()}_MISSING`, `${field.toUpperCase()}_INVALID`]);

  expect(fields.length).toBeGreaterThan(15);
  expect(codes.filter((code) => !isErrorCode(code))).toEqual([]);
});

test.each([
  [{}, 'TRANSACTION_ID_MISSING', 'transaction_id'],
  [{ transaction_id: '' }, 'TRANSACTION_ID_INVALID', 'transaction_id'],
])('the error of %j names the field', (input, code, field) => {
  const { error } = transactionSchema.safeParse(input);

  expect(error && schemaError(error, input)).toMatchObject({ kind: 'invalid_input', code, field });
});
