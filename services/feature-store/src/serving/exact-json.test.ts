import { expect, test } from 'vitest';
import { parseExactJson } from './exact-json.js';

test('whole numbers beyond 2^53 come as their digits, all others as numbers', () => {
  const text = '{"a":[9007199254740993,-9223372036854775808,9007199254740991],"b":0.1234567890123456,"c":1e22,"d":2}';

  expect(parseExactJson(text)).toEqual({
    a: ['9007199254740993', '-9223372036854775808', 9_007_199_254_740_991],
    b: 0.1234567890123456,
    c: 1e22,
    d: 2,
  });
});

test('digits within strings stay what they are', () => {
  const text = String.raw`{"12345678901234567890":"say \"12345678901234567890\" and \\","n":12345678901234567890}`;

  expect(parseExactJson(text)).toEqual({
    '12345678901234567890': 'say "12345678901234567890" and \\',
    n: '12345678901234567890',
  });
});

test('broken JSON is told as FastAPI tells it', () => {
  expect(() => parseExactJson('{"a":')).toThrow(expect.objectContaining({ type: 'json_invalid', location: ['body'] }));
});
