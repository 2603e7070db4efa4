import { expect, test } from 'vitest';
import { registeredModelSearch } from '../models/registered-model-search.js';
import { runSearch } from '../runs/run-search.js';
import { parseOrder } from './order-parser.js';

const spelled = (entries: string[]): string[] =>
  parseOrder(entries, runSearch).map(({ kind, key, ascending }) => `${kind}.${key} ${ascending ? 'up' : 'down'}`);

test('an order ends with the tie-break and contains each key once', () => {
  expect(spelled([])).toEqual(['attribute.start_time down', 'attribute.run_id up']);
  expect(spelled(['metrics.`a b` DESC', 'start_time'])).toEqual([
    'metric.a b down',
    'attribute.start_time up',
    'attribute.run_id up',
  ]);
});

test.each(['bogus', 'metrics.a SIDEWAYS', 'metrics.a DESC DESC', '', "tags.'a'"])(
  'the order %j is refused',
  (entry) => {
    expect(() => parseOrder([entry], runSearch)).toThrow(expect.objectContaining({ kind: 'invalid_input' }));
  },
);

test('a repeated key and a key without an order in this search are refused', () => {
  expect(() => parseOrder(['params.a', 'params.a DESC'], runSearch)).toThrow('duplicate');
  expect(() => parseOrder(['tags.a'], registeredModelSearch)).toThrow('order by key');
});

test('more than 20 keys are refused', () => {
  const keys = Array.from({ length: 21 }, (_, i) => `metrics.m${i}`);

  expect(parseOrder(keys.slice(1), runSearch)).toHaveLength(22);
  expect(() => parseOrder(keys, runSearch)).toThrow('at most 20');
});
