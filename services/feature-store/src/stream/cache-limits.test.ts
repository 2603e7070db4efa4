import { expect, test } from 'vitest';
import { isBloated } from './cache-limits.js';

const MIB = 1024 * 1024;

test.each([
  ['most of its memory is used', { byteLength: 40 * MIB, usedBytes: 30 * MIB, hasChanges: false }, false],
  ['a batch needed twice as much', { byteLength: 4 * MIB, usedBytes: 2 * MIB, hasChanges: false }, false],
  ['large entities have left', { byteLength: 4 * MIB, usedBytes: 0.9 * MIB, hasChanges: false }, true],
  ['all entities have left', { byteLength: 2 * MIB, usedBytes: 0, hasChanges: false }, true],
  ['it is small', { byteLength: MIB, usedBytes: 0, hasChanges: false }, false],
  ['changes wait to be written', { byteLength: 40 * MIB, usedBytes: 0, hasChanges: true }, false],
])('an engine of which %s', (_what, memory, expected) => {
  expect(isBloated(memory)).toBe(expected);
});
