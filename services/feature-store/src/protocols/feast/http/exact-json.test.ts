import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseExactJson } from './exact-json.js';
import { RequestError } from '../errors/feast-error.js';

test('whole numbers beyond 2^53 become strings of their digits, all others numbers', () => {
  const text = '{"a":[9007199254740993,-9223372036854775808,9007199254740991],"b":0.1234567890123456,"c":1e22,"d":2}';

  expect(parseExactJson(text)).toEqual({
    a: ['9007199254740993', '-9223372036854775808', 9_007_199_254_740_991],
    b: 0.1234567890123456,
    c: 1e22,
    d: 2,
  });
});

test('digits within strings are unchanged', () => {
  const text = String.raw`{"12345678901234567890":"say \"12345678901234567890\" and \\","n":12345678901234567890}`;

  expect(parseExactJson(text)).toEqual({
    '12345678901234567890': 'say "12345678901234567890" and \\',
    n: '12345678901234567890',
  });
});

test('broken JSON is reported in the form of FastAPI', () => {
  expect(() => parseExactJson('{"a":')).toThrow(expect.objectContaining({ type: 'json_invalid', location: ['body'] }));
});

test('broken JSON of 16 digits and more is refused as well', () => {
  const broken = [
    '00000000090071992547409930',
    '9007199254740993-9007199254740993',
    '-',
    '9007199254740993"',
    '[9007199254740993',
  ];
  for (const text of broken) expect(() => parseExactJson(text)).toThrow(RequestError);
});

test('megabytes of escaped quotes in a string that is never closed are refused in one pass', () => {
  // A scan that restarts at each quote takes hours for this body, and the test would time out.
  const body = `1234567890123456"${String.raw`\"`.repeat(4 * 1024 * 1024)}`;

  expect(() => parseExactJson(body)).toThrow(expect.objectContaining({ type: 'json_invalid' }));
});

test('for any JSON document the result differs from JSON.parse only in whole numbers that doubles cannot represent', () => {
  const integer = fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n });
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[\d"\\.-]{0,40}$/), integer.map(String));
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      integer,
      text,
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constant(null),
      fc.array(tie('tree'), { maxLength: 5 }),
      fc.array(fc.tuple(text, tie('tree')), { maxLength: 5 }).map((entries) => new Map(entries)),
    ),
  }));

  fc.assert(
    fc.property(tree, (value) => {
      expect(parseExactJson(jsonOf(value))).toEqual(JSON.parse(jsonOf(exact(value))));
    }),
    { seed: 1_501, numRuns: 500 },
  );
});

/** JSON of a tree of maps, lists and bigints. */
function jsonOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(', ')}]`;
  if (value instanceof Map) {
    return `{${[...value].map(([key, one]) => `${JSON.stringify(key)}: ${jsonOf(one)}`).join(',')}}`;
  }
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value);
}

/** The tree with the text of each bigint that a double cannot represent. */
function exact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(exact);
  if (value instanceof Map) return new Map([...value].map(([key, one]) => [key, exact(one)]));
  return typeof value === 'bigint' && !Number.isSafeInteger(Number(value)) ? String(value) : value;
}
