import fc from 'fast-check';
import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { parseArtifactPath } from './artifact-path.js';

test.each([
  ['1/run/artifacts/MLmodel', '1/run/artifacts/MLmodel'],
  ['sub%20dir/%C3%BC.txt', 'sub dir/ü.txt'],
  ['100%25.txt', '100%.txt'],
  ['folder/', 'folder'],
  ['..hidden/a..b', '..hidden/a..b'],
  ['', ''],
])('%s is the path %s', (encoded, path) => {
  expect(parseArtifactPath(encoded)).toBe(path);
});

test.each([
  '../x',
  'a/../b',
  'a/..',
  './a',
  'a/./b',
  'a//b',
  '/etc/passwd',
  '%2Fetc/passwd',
  '%2e%2e/x',
  '%252e%252e/x',
  '%25252e%25252e%25252fx',
  'a%5cb',
  'a%255c..%255cb',
  'a%00b',
  'a%2500b',
  'a%23b',
  'C:/x',
  `a/${'x'.repeat(256)}`,
  'x/'.repeat(2_001) + 'x',
])('%s is refused', (encoded) => {
  expect(() => parseArtifactPath(encoded)).toThrow(expect.objectContaining({ kind: 'invalid_input' }));
});

test('no text in any encoding gives a path outside of the folder', () => {
  const fragment = fc.constantFrom('..', '.', '/', '%2e', '%2f', '%25', '2e', '2f', 'a', '\\', '%5c', '%00', 'ü', '%');
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 12 }), (parts) => {
      let path: string;
      try {
        path = parseArtifactPath(parts.join(''));
      } catch {
        return;
      }
      expect(posix.join('/root', path)).toMatch(/^\/root(\/|$)/);
      expect(path.split('/')).not.toContain('..');
    }),
    { seed: 7, numRuns: 2_000 },
  );
});

test('many slashes are parsed in linear time', () => {
  // Quadratic time would take minutes for the 2,000 repetitions.
  for (let i = 0; i < 2_000; i++) expect(() => parseArtifactPath(`${'/'.repeat(15_000)}a`)).toThrow('Invalid path');
});

test('a path fits an index row', () => {
  const path = (bytes: number): string =>
    'é'
      .repeat(100)
      .concat('/')
      .repeat(Math.ceil(bytes / 201))
      .slice(0, -1);

  expect(() => parseArtifactPath(encodeURIComponent(path(1_800)))).not.toThrow();
  expect(() => parseArtifactPath(encodeURIComponent(path(2_200)))).toThrow('Invalid path');
});
