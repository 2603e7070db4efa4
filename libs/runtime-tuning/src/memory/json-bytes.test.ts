import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonBytes } from './json-bytes.js';

const written = (value: number): string => {
  const json = new JsonBytes();
  json.number(value);
  return json.take().toString('latin1');
};

test.each([
  0,
  -0,
  1,
  -1,
  9,
  10,
  99,
  100,
  1e15,
  1e15 - 1,
  -1e15,
  2 ** 53,
  1e21,
  0.1,
  0.01,
  0.05,
  57.16,
  -57.1,
  1e13 + 0.25,
])('%d is written as JSON.stringify writes it', (value) => {
  expect(written(value)).toBe(JSON.stringify(value));
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('%d is written as null', (value) => {
  expect(written(value)).toBe('null');
});

test('every number is written as JSON.stringify writes it', () => {
  const hundredths = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map((minor) => minor / 100);
  const means = fc.tuple(fc.maxSafeInteger(), fc.integer({ min: 1, max: 5_000 })).map(([sum, n]) => sum / 100 / n);
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.maxSafeInteger(), hundredths, means), (value) => {
      expect(written(value)).toBe(JSON.stringify(value));
    }),
    { seed: 5, numRuns: 20_000 },
  );
});

test('values taken before keep their bytes when the buffer grows', () => {
  const json = new JsonBytes();
  const values = Array.from({ length: 400 }, (_, i) => {
    const text = `${i}:`.repeat(200);
    json.copy(Buffer.from(text));
    json.number(i);
    return { text: text + String(i), bytes: json.take() };
  });

  for (const { text, bytes } of values) expect(bytes.toString('latin1')).toBe(text);
});

test('a reset releases the buffer', () => {
  const json = new JsonBytes();
  json.number(1);
  const first = json.take();

  json.reset();
  json.number(2);

  expect(first.toString('latin1')).toBe('2');
});
