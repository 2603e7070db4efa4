import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseInstant } from './canonical-instant.js';

test('canonical instants are parsed like by Date.parse', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true }),
      (date) => {
        expect(parseInstant(date.toISOString())).toBe(date.getTime());
      },
    ),
    { seed: 3, numRuns: 2_000 },
  );
});

test.each([
  '2018-04-01T12:00:00Z',
  '2018-04-01T12:00:00.5+02:00',
  '2018-04-01T14:00:00.000+02:00',
  '2018-04-01',
  '2018-04-01T12:75:00.000Z',
  '2018-04-01T1-:00:00.000Z',
  '2018-04-01T12:00:00,000Z',
  '2018-13-01T12:00:00.000Z',
])('%s is not canonical and is parsed as well', (text) => {
  expect(parseInstant(text)).toBe(Date.parse(text));
});
