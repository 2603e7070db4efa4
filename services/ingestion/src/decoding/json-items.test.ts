import { expect, test } from 'vitest';
import { jsonItems } from './json-items.js';

const items = (body: string, max = 3): string[] => jsonItems(Buffer.from(body), max).items.map(String);

test.each([
  ['{"a":1}', ['{"a":1}']],
  [' {"a":[1,2]} ', [' {"a":[1,2]} ']],
  ['[1]', ['1']],
  [' [ {"a":"]"} , {"b":"\\"],["} ] ', [' {"a":"]"} ', ' {"b":"\\"],["} ']],
  ['[[1,2],{"x":[3]},"é,"]', ['[1,2]', '{"x":[3]}', '"é,"']],
  ['[1,]', ['1', '']],
  ['', ['']],
])('%s has the items %j', (body, expected) => {
  expect(items(body)).toEqual(expected);
});

test.each([
  ['[', 'JSON_INVALID'],
  ['[1', 'JSON_INVALID'],
  ['["]', 'JSON_INVALID'],
  ['[1]]', 'JSON_INVALID'],
  ['[1] x', 'JSON_INVALID'],
  ['[{"a":1}}', 'JSON_INVALID'],
  ['[]', 'ITEM_COUNT_INVALID'],
  ['[ ]', 'ITEM_COUNT_INVALID'],
  ['[1,2,3,4]', 'ITEM_COUNT_INVALID'],
])('%s is refused as %s', (body, code) => {
  expect(() => items(body)).toThrow(expect.objectContaining({ code }) as Error);
});

test('a body that consists of brackets is split without recursion', () => {
  const body = `[${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}]`;

  expect(items(body)).toHaveLength(1);
});
