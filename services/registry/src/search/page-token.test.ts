import { expect, test } from 'vitest';
import { decodePageToken, encodePageToken } from './page-token.js';

test('a token leads back to its offset in the same search only', () => {
  const token = encodePageToken(40, 'search a');

  expect(decodePageToken(token, 'search a')).toBe(40);
  expect(() => decodePageToken(token, 'search b')).toThrow('belongs to a search');
});

test('no token means the first page', () => {
  expect(decodePageToken(undefined, 'x')).toBe(0);
  expect(decodePageToken('', 'x')).toBe(0);
});

test('a token with an offset alone, as other servers make them, is accepted', () => {
  expect(decodePageToken(Buffer.from('{"offset": 3}').toString('base64'), 'x')).toBe(3);
});

test.each(['garbage', Buffer.from('{"offset": -1}').toString('base64'), Buffer.from('null').toString('base64')])(
  'the token %j is refused',
  (token) => {
    expect(() => decodePageToken(token, 'x')).toThrow(expect.objectContaining({ kind: 'invalid_input' }));
  },
);
