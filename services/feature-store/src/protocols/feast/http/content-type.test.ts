import { expect, test } from 'vitest';
import { checkContentType } from './content-type.js';

const ORIGIN = 'https://elsewhere.example';

test.each([['application/json'], ['application/json; charset=utf-8'], ['APPLICATION/JSON;charset=utf-8']])(
  '%s is accepted, also from a browser',
  (type) => {
    expect(() => checkContentType({ 'content-type': type, origin: ORIGIN })).not.toThrow();
  },
);

test('a request without a type is accepted from Feast’s SDK and refused from a browser', () => {
  expect(() => checkContentType({})).not.toThrow();
  expect(() => checkContentType({ origin: ORIGIN })).toThrow(expect.objectContaining({ statusCode: 415 }));
});

test.each([
  ['text/plain'],
  ['text/plain; application/json'],
  ['application/x-www-form-urlencoded'],
  ['multipart/form-data'],
  [''],
])('"%s" is refused', (type) => {
  expect(() => checkContentType({ 'content-type': type })).toThrow(expect.objectContaining({ statusCode: 415 }));
});
