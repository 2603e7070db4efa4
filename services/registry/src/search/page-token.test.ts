import { expect, test } from 'vitest';
import { decodePageToken, encodePageToken } from './page-token.js';

test('a token returns its cursor for the same search only', () => {
  const token = encodePageToken([40, 'a', null, Number.NaN], 'search a');

  expect(decodePageToken(token, 'search a')).toEqual([40, 'a', null, Number.NaN]);
  expect(() => decodePageToken(token, 'search b')).toThrow('belongs to a search');
});

test('no token means the first page', () => {
  expect(decodePageToken(undefined, 'x')).toBeUndefined();
  expect(decodePageToken('', 'x')).toBeUndefined();
});

const encoded = (content: unknown): string => Buffer.from(JSON.stringify(content)).toString('base64url');

test.each([
  'garbage',
  encoded(null),
  encoded({ offset: 3 }),
  encoded({ after: [], search: 'x' }),
  encoded({ after: [[1]], search: 'x' }),
  encoded({ after: 'abc', search: 'x' }),
])('the token %j is refused', (token) => {
  expect(() => decodePageToken(token, 'x')).toThrow(expect.objectContaining({ kind: 'invalid_input' }));
});
