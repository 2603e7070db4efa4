import { expect, test } from 'vitest';
import { checkJsonShape } from './json-shape.js';

const check = (json: string) => (): void => checkJsonShape(Buffer.from(json));

test.each([
  '',
  '{}',
  '{"a": [1, 2, {"b": null}]}',
  JSON.stringify({ profile: `[${'{,'.repeat(400_000)}` }),
  JSON.stringify({ quoted: '\\"[[[', escaped: '\\\\' }),
  '['.repeat(100) + ']'.repeat(100),
])('a typical body is accepted', (json) => {
  expect(check(json)).not.toThrow();
});

test.each([
  ['lists', '['.repeat(101)],
  ['objects', '{"a":'.repeat(101)],
  ['a large number of lists', `{"a":${'['.repeat(100_000)}`],
])('deeply nested %s are refused before they are parsed', (_, json) => {
  expect(check(json)).toThrow('levels deep');
});

test('a body of too many small values is refused before it is parsed', () => {
  expect(check(`[${'{},'.repeat(400_000)}{}]`)).toThrow('values');
});
