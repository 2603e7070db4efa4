import { expect, test } from 'vitest';
import { pauseAfterRound } from './round-pause.js';

test.each([
  ['of few records is 6 ms', { lingerMs: 2, records: 3, tookMs: 0 }, 6],
  ['of many records is the linger time', { lingerMs: 2, records: 8, tookMs: 0 }, 2],
  ['is never shorter than the linger time', { lingerMs: 50, records: 3, tookMs: 0 }, 50],
  ['counts from the beginning of the round', { lingerMs: 2, records: 3, tookMs: 4.5 }, 1.5],
  ['is zero if the round took longer', { lingerMs: 2, records: 3, tookMs: 7 }, 0],
  ['is zero without a linger time', { lingerMs: 0, records: 3, tookMs: 0 }, 0],
])('the pause after a round %s', (_what, { lingerMs, records, tookMs }, expected) => {
  expect(pauseAfterRound(lingerMs, records, tookMs)).toBe(expected);
});
