import { expect, test } from 'vitest';
import { modelVersionSearch } from '../models/model-version-search.js';
import { registeredModelSearch } from '../models/registered-model-search.js';
import { runSearch } from '../runs/run-search.js';
import { parseFilter } from './filter-parser.js';

const invalid = { kind: 'invalid_input' };

test.each([
  ['metrics.loss < 0.5', { kind: 'metric', key: 'loss', operator: '<', value: 0.5 }],
  ['metric.loss>=-1e-3', { kind: 'metric', key: 'loss', operator: '>=', value: -0.001 }],
  ["params.`a b.c` = 'x'", { kind: 'param', key: 'a b.c', operator: '=', value: 'x' }],
  [`parameters."a b" != "x"`, { kind: 'param', key: 'a b', operator: '!=', value: 'x' }],
  ["tags.a.b/c-d ilike '%x%'", { kind: 'tag', key: 'a.b/c-d', operator: 'ILIKE', value: '%x%' }],
  ["`run name` = 'x'", { kind: 'attribute', key: 'run_name', operator: '=', value: 'x' }],
  ['created > 5', { kind: 'attribute', key: 'start_time', operator: '>', value: 5 }],
  ["run_id in ('a', 'b')", { kind: 'attribute', key: 'run_id', operator: 'IN', value: ['a', 'b'] }],
  ["attr.run_id NOT  IN ('a')", { kind: 'attribute', key: 'run_id', operator: 'NOT IN', value: ['a'] }],
  ['params.a is not null', { kind: 'param', key: 'a', operator: 'IS NOT NULL', value: null }],
  ["tags.a = 'it''s'", { kind: 'tag', key: 'a', operator: '=', value: "it's" }],
  ["datasets.name LIKE 'x'", { kind: 'dataset', key: 'name', operator: 'LIKE', value: 'x' }],
])('%s is one comparison', (filter, comparison) => {
  expect(parseFilter(filter, runSearch)).toEqual([comparison]);
});

test('comparisons are joined by AND in any case', () => {
  const parsed = parseFilter("tags.a = 'x' and metrics.b > 1 AND status = 'RUNNING'", runSearch);

  expect(parsed.map(({ key }) => key)).toEqual(['a', 'b', 'status']);
});

test.each([undefined, '', '  '])('a filter of %j matches everything', (filter) => {
  expect(parseFilter(filter, runSearch)).toEqual([]);
});

test.each([
  "tags.a = 'x' OR tags.b = 'y'",
  "(tags.a = 'x')",
  "tags.a = 'x' AND",
  "tags.a = 'x' tags.b = 'y'",
  'tags.a = x',
  'tags.a = 1',
  "metrics.a = '1'",
  "metrics.a LIKE '1'",
  "start_time = '1'",
  "bogus = 'x'",
  "bogus.key = 'x'",
  "params.a IN ('x')",
  'run_id IN ()',
  "run_id IN ('a'",
  "run_id IN 'a'",
  "tags. = 'x'",
  "tags.a = 'x",
  'tags.a =',
  'tags.a',
  "= 'x'",
  "dataset.bogus = 'x'",
  "tags.a ~ 'x'",
  'run_id IS NULL',
])('%s is refused', (filter) => {
  expect(() => parseFilter(filter, runSearch)).toThrow(expect.objectContaining(invalid));
});

test('each search has its own fields', () => {
  expect(parseFilter('version_number > 2', modelVersionSearch)).toHaveLength(1);
  expect(() => parseFilter('metrics.a > 2', modelVersionSearch)).toThrow(expect.objectContaining(invalid));
  expect(() => parseFilter('tags.a IS NULL', registeredModelSearch)).toThrow(expect.objectContaining(invalid));
});

test.each([
  ['digits before a letter', `${'1'.repeat(60_000)}a`],
  ['digits with a point', `${'1'.repeat(30_000)}.${'1'.repeat(30_000)}a`],
  ['signs', '+'.repeat(60_000)],
  ['a word and digits', `a${'1'.repeat(60_000)}!`],
  ['quotes', `a = '${"''".repeat(30_000)}`],
  ['blanks', `${' '.repeat(60_000)}!`],
])('a long text of %s is refused quickly', (_, filter) => {
  // Quadratic time would take minutes for the 200 repetitions.
  for (let i = 0; i < 200; i++) {
    expect(() => parseFilter(filter, runSearch)).toThrow(expect.objectContaining(invalid));
  }
});

test('the length of a filter, its number of comparisons and its excerpts in messages are limited', () => {
  const clauses = (count: number): string => Array.from({ length: count }, (_, i) => `metrics.m${i} > 1`).join(' AND ');

  expect(parseFilter(clauses(100), runSearch)).toHaveLength(100);
  expect(() => parseFilter(clauses(101), runSearch)).toThrow('more than 100 comparisons');
  expect(() => parseFilter(`tags.a = '${'x'.repeat(70_000)}'`, runSearch)).toThrow('at most 65536');
  expect(() => parseFilter(`tags.a ~ ${'x'.repeat(60_000)}`, runSearch)).toThrow(/^.{1,400}$/s);
  expect(() => parseFilter(`${'x'.repeat(60_000)} = 'a'`, runSearch)).toThrow(/^.{1,800}$/s);
});

test.each(['constructor', 'toString', '__proto__', 'attr.constructor', 'hasOwnProperty.a'])(
  '%s is not a key of a search',
  (key) => {
    expect(() => parseFilter(`${key} = 'x'`, runSearch)).toThrow(expect.objectContaining(invalid));
  },
);
