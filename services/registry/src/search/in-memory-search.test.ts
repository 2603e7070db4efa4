import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isLike } from './in-memory-search.js';

/** LIKE as a regular expression: correct, but slow for hostile patterns. */
function expected(text: string, pattern: string): boolean {
  const source = [...pattern].map((c) => (c === '%' ? '.*' : c === '_' ? '.' : c)).join('');
  return new RegExp(`^${source}$`, 'su').test(text);
}

test('LIKE matches the same texts as the equivalent regular expression', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '😀'), maxLength: 12 });
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '%', '_', '😀'), maxLength: 8 });

  fc.assert(
    fc.property(text, pattern, (value, like) => isLike(value, like) === expected(value, like)),
    { seed: 7, numRuns: 5_000 },
  );
});

test('a pattern of many wildcards is matched quickly', () => {
  expect(isLike('a'.repeat(5_000), `${'%a'.repeat(500)}%b`)).toBe(false);
});
