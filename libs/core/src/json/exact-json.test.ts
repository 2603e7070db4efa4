import { expect, test } from 'vitest';
import { isExactNumber, parseExactJson, replaceJsonTokens } from './exact-json.js';

test.each([
  ['1848262534971330561', '1848262534971330561'],
  ['9007199254740993', '9007199254740993'],
  ['-9007199254740993', '-9007199254740993'],
  ['[9007199254740993,1]', ['9007199254740993', 1]],
  ['3.14159265358979323846', '3.14159265358979323846'],
  ['1e400', '1e400'],
  ['1e-400', '1e-400'],
  ['{"a":{"b":18446744073709551616}}', { a: { b: '18446744073709551616' } }],
  ['9007199254740992', 9007199254740992],
  ['1.10', 1.1],
  ['0.30000000000000004', 0.30000000000000004],
  ['57.16000000000000000', 57.16],
  ['1e3', 1000],
  ['1E+20', 1e20],
  ['-0.0', -0],
  ['0e99999', 0],
  ['100000000000000000000', 1e20],
  ['"9007199254740993 \\" 9007199254740993"', '9007199254740993 " 9007199254740993'],
])('%s is read without loss', (text, value) => {
  expect(parseExactJson(text)).toEqual(value);
});

test('a member called __proto__ is an ordinary member', () => {
  const parsed = parseExactJson('{"__proto__":{"risk":9007199254740993}}');

  expect(JSON.stringify(parsed)).toBe('{"__proto__":{"risk":"9007199254740993"}}');
  expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
});

test.each(['', '{', '[1,]', '{12345678901234567890:1}', '01234567890123456789', '12345678901234567890e', '"\\"'])(
  '%j is not JSON',
  (text) => {
    expect(() => parseExactJson(text)).toThrow(SyntaxError);
  },
);

test('deep nesting is accepted', () => {
  const depth = 50_000;
  const text = `${'['.repeat(depth)}9007199254740993${']'.repeat(depth)}`;

  expect(() => parseExactJson(text)).not.toThrow();
});

test('numbers of up to 15 digits are exact, and each double is exact as JavaScript writes it', () => {
  let seed = 1;
  for (let round = 0; round < 2_000; round++) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    const digits = String(seed).padEnd(15, '7').slice(0, 15);
    const value = (seed / 0x1_0000_0000) * 10 ** ((seed % 40) - 20);

    expect(isExactNumber(digits)).toBe(true);
    expect(isExactNumber(`${digits.slice(0, 5)}.${digits.slice(5)}`)).toBe(true);
    expect(isExactNumber(String(value))).toBe(true);
  }
});

test('tokens are replaced and all other text stays unchanged', () => {
  const text = ' {"a" : [ 1, -2.5e3, "x\\"1", true ], "1":null} ';

  const seen: string[] = [];
  const same = replaceJsonTokens(text, {
    number: (token) => (seen.push(token), token),
    string: (token) => (seen.push(token), token),
  });

  expect(same).toBe(text);
  expect(seen).toEqual(['"a"', '1', '-2.5e3', '"x\\"1"', '"1"']);
  expect(replaceJsonTokens(text, { number: () => '0' })).toBe(' {"a" : [ 0, 0, "x\\"1", true ], "1":null} ');
});
