import { expect, test } from 'vitest';
import { restAfterRound } from './round-rest.js';

test.each([
  ['of few records is long', { lingerMs: 2, records: 3, tookMs: 0 }, 6],
  ['of many records is what was asked for', { lingerMs: 2, records: 8, tookMs: 0 }, 2],
  ['is never shorter than what was asked for', { lingerMs: 50, records: 3, tookMs: 0 }, 50],
  ['counts from the beginning of the round', { lingerMs: 2, records: 3, tookMs: 4.5 }, 1.5],
  ['is none if the round took longer', { lingerMs: 2, records: 3, tookMs: 7 }, 0],
  ['is none where none is asked for', { lingerMs: 0, records: 3, tookMs: 0 }, 0],
])('the rest after a round %s', (_what, { lingerMs, records, tookMs }, expected) => {
  expect(restAfterRound(lingerMs, records, tookMs)).toBe(expected);
});
