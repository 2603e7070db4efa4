import { expect, test } from 'vitest';
import { checkKey } from './keys.js';

test.each(['loss', 'a/b', 'a.b-c d_e', 'système/x:y', 'a..b', '.hidden', 'a'.repeat(250)])('%s is a key', (key) => {
  expect(() => checkKey(key, 'key')).not.toThrow();
});

test.each(['', '.', '..', '../a', '/a', 'a/', 'a//b', 'a/./b', 'a/../b', 'a?b', 'a\nb', 'a'.repeat(251)])(
  '%j is not a key',
  (key) => {
    expect(() => checkKey(key, 'key')).toThrow(expect.objectContaining({ kind: 'invalid_input', field: 'key' }));
  },
);
