import { invalidInput, unavailable } from '@fraudflow/core';
import { expect, test } from 'vitest';
import {
  entityColumnsMissing,
  featureNamesCollide,
  featureServiceUnknown,
  featureUnknown,
  featureViewUnknown,
  featureViewVersionUnknown,
  invalidRequest,
  pushedCardNumber,
  pushSourceUnknown,
  requestDataMissing,
  viewHasNoVectors,
  viewNotWritable,
} from '../../../values/request-errors.js';
import { FeastError } from './feast-error.js';
import { toFeastError } from './to-feast-error.js';

test.each([
  ['FeatureServiceNotFoundException', featureServiceUnknown('s', 'p')],
  ['FeatureViewNotFoundException', featureViewUnknown('v', 'p')],
  ['FeatureViewVersionNotFound', featureViewVersionUnknown('v', 'v7', 'p')],
  ['FeastObjectNotFoundException', featureUnknown('f', 'v', 'p')],
  ['RequestDataNotFoundInEntityRowsException', requestDataMissing(['amount'])],
])('%s has status 404 and the text of the use case', (className, error) => {
  expect(toFeastError(error)).toMatchObject({
    className,
    httpStatus: 404,
    kind: 'not_found',
    code: 'FEAST_NOT_FOUND',
    message: error.message,
    field: undefined,
  });
});

test.each([
  ['FeastEntityDFMissingColumnsError', entityColumnsMissing(['customer_id'], ['customer_id'])],
  ['FeatureNameCollisionError', featureNamesCollide(['f'])],
  ['PushSourceNotFoundException', pushSourceUnknown('s')],
  ['FeastError', viewNotWritable('v')],
  ['FeastError', viewHasNoVectors(['v'])],
])('%s has status 422 and the text of the use case', (className, error) => {
  expect(toFeastError(error)).toMatchObject({
    className,
    httpStatus: 422,
    kind: 'invalid_input',
    code: 'FEAST_REFUSED',
    message: error.message,
    field: undefined,
  });
});

test('a wrong part of the request has its place in the body', () => {
  expect(toFeastError(invalidRequest(['entities', 'customer_id', 3], 'must be a string'))).toMatchObject({
    type: 'value_error',
    code: 'REQUEST_INVALID',
    field: 'entities.customer_id.3',
    location: ['body', 'entities', 'customer_id', 3],
    reason: 'must be a string',
    message: 'entities.customer_id.3: must be a string',
  });
});

test('a card number has a separate type', () => {
  expect(toFeastError(pushedCardNumber('customer_id', 3))).toMatchObject({
    type: 'customer_id_is_card_number',
    code: 'CUSTOMER_ID_IS_CARD_NUMBER',
    location: ['body', 'df', 'customer_id', 3],
  });
});

test.each([
  unavailable('away'),
  invalidInput('wrong'),
  new TypeError('bug'),
  'text',
  new FeastError('A', 'b', 'not_found'),
])('%s is unchanged', (thrown) => {
  expect(toFeastError(thrown)).toBe(thrown);
});
