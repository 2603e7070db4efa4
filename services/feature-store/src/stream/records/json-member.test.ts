import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memberText } from './json-member.js';

const textOf = (json: string, name: string): string | undefined => {
  const bytes = Buffer.from(json);
  const span = memberText(bytes, name);
  return span && bytes.toString('utf8', span.from, span.to);
};

test.each([
  ['{"a":1}', '1'],
  ['{ "b" : {"a":2} , "a" : [1, {"x":"]"}] }', '[1, {"x":"]"}]'],
  ['{"a":1848262534971330561}', '1848262534971330561'],
  ['{"a":{"__proto__":{"b":9007199254740993}}}', '{"__proto__":{"b":9007199254740993}}'],
  ['{"a":1,"a":"second"}', '"second"'],
  [String.raw`{"\u0061":"\\\""}`, String.raw`"\\\""`],
  ['{"a":-1.50e+2\n}', '-1.50e+2'],
  ['{"b":"\\"a\\":1","a":null}', 'null'],
  ['{"b":1}', undefined],
  ['{}', undefined],
])('in %s the text of member a is %s', (json, expected) => {
  expect(textOf(json, 'a')).toBe(expected);
});

test('the text of each member of any object parses to its value, with any white space', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(0, 1, '\t'), (object, spaces) => {
      const json = JSON.stringify(object, null, spaces);
      for (const [name, value] of Object.entries(JSON.parse(json) as Record<string, unknown>)) {
        expect(JSON.parse(textOf(json, name) ?? '')).toEqual(value);
      }
    }),
    { seed: 17, numRuns: 500 },
  );
});
