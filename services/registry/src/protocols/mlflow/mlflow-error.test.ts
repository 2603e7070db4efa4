import { AppError, conflict, failedPrecondition, invalidInput, notFound, unavailable } from '@fraudflow/core';
import { NotFoundException } from '@nestjs/common';
import { expect, test } from 'vitest';
import { toMlflowError } from './mlflow-error.js';

test.each([
  [invalidInput('x'), 400, 'INVALID_PARAMETER_VALUE'],
  [conflict('x'), 400, 'RESOURCE_ALREADY_EXISTS'],
  [notFound('x'), 404, 'RESOURCE_DOES_NOT_EXIST'],
  [failedPrecondition('x'), 400, 'INVALID_PARAMETER_VALUE'],
  [failedPrecondition('x', { code: 'NOT_IMPLEMENTED' }), 501, 'NOT_IMPLEMENTED'],
  [unavailable('x'), 503, 'TEMPORARILY_UNAVAILABLE'],
  [new AppError('permission_denied', 'x'), 403, 'PERMISSION_DENIED'],
  [new NotFoundException('x'), 404, 'ENDPOINT_NOT_FOUND'],
  [Object.assign(new Error('x'), { statusCode: 413 }), 413, 'BAD_REQUEST'],
])('%s becomes %i %s', (thrown, status, code) => {
  expect(toMlflowError(thrown)).toEqual({ status, body: { error_code: code, message: 'x' } });
});

test('the response to an unexpected error reveals no details', () => {
  expect(toMlflowError(new TypeError('secret detail')).body).toEqual({
    error_code: 'INTERNAL_ERROR',
    message: 'Internal error: see the log of the registry',
  });
});
