import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkJsonShape } from './json-shape.js';

const limits = { maxDepth: 5, maxValues: 50 };

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

function countOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const children = Object.values(value);
  return 1 + Math.max(0, children.length - 1) + children.reduce((sum: number, child) => sum + countOf(child), 0);
}

test('refuses exactly the JSON that nests too deep or holds too many values', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
      const isAllowed = depthOf(value) <= limits.maxDepth && countOf(value) <= limits.maxValues;
      const check = (): void => checkJsonShape(Buffer.from(JSON.stringify(value)), limits);
      if (isAllowed) expect(check).not.toThrow();
      else expect(check).toThrow();
    }),
    { seed: 5, numRuns: 1_000 },
  );
});

test('brackets, commas and escaped quotes inside strings do not count', () => {
  const text = JSON.stringify({ note: `${'[{,'.repeat(1_000)}\\"` });

  expect(() => checkJsonShape(Buffer.from(text), limits)).not.toThrow();
});
