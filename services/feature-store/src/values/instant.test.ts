import { expect, test } from 'vitest';
import { formatInstant, instantFromMs, instantFromNanos, parseInstant, toMs, toNanos } from './instant.js';

test.each([
  ['2026-11-20T10:52:48Z', { seconds: 1_795_171_968, nanos: 0 }],
  ['2026-11-20T10:52:48.823521', { seconds: 1_795_171_968, nanos: 823_521_000 }],
  ['2026-11-20T10:52:48.000000001Z', { seconds: 1_795_171_968, nanos: 1 }],
  ['2026-11-20T12:52:48+02:00', { seconds: 1_795_171_968, nanos: 0 }],
  ['2026-11-20 10:52:48+0000', { seconds: 1_795_171_968, nanos: 0 }],
  ['2026-11-20', { seconds: 1_795_132_800, nanos: 0 }],
  ['1795171968', { seconds: 1_795_171_968, nanos: 0 }],
  [1_795_171_968, { seconds: 1_795_171_968, nanos: 0 }],
  [1_795_171_968.25, { seconds: 1_795_171_968, nanos: 250_000_000 }],
  [1_795_171_968n, { seconds: 1_795_171_968, nanos: 0 }],
  [-0.5, { seconds: -1, nanos: 500_000_000 }],
])('%s is parsed as an instant, in UTC if it has no zone', (raw, expected) => {
  expect(parseInstant(raw)).toEqual(expected);
});

test.each([
  ['2026-02-30'],
  ['2026-13-01'],
  ['2026-00-10'],
  ['2026-01-01T24:00:00'],
  ['2026-01-01T10:61:00'],
  ['yesterday'],
  [''],
  [1_795_171_968_000],
  [Number.NaN],
  [true],
  [null],
])('%s is not an instant', (raw) => {
  expect(parseInstant(raw)).toBeUndefined();
});

test('an instant converted to a bigint of nanoseconds and back is unchanged, also before 1970', () => {
  for (const instant of [
    { seconds: 1_795_171_968, nanos: 123_456_789 },
    { seconds: -1, nanos: 999_999_999 },
  ]) {
    expect(instantFromNanos(toNanos(instant))).toEqual(instant);
  }
});

test('milliseconds are truncated, not rounded up', () => {
  expect(toMs({ seconds: 1, nanos: 999_999_999 })).toBe(1_999);
  expect(instantFromMs(1_999)).toEqual({ seconds: 1, nanos: 999_000_000 });
});

test.each([
  [0, 0, '1970-01-01T00:00:00Z'],
  [1_795_171_968, 0, '2026-11-20T10:52:48Z'],
  [1_795_171_968, 120_000_000, '2026-11-20T10:52:48.120Z'],
  [1_795_171_968, 120_000, '2026-11-20T10:52:48.000120Z'],
  [1_795_171_968, 1, '2026-11-20T10:52:48.000000001Z'],
  [-1, 0, '1969-12-31T23:59:59Z'],
  [1_795_171_968 + 128 * 86_400, 0, '2027-03-28T10:52:48Z'],
  [1_795_171_968, 0, '2026-11-20T10:52:48Z'],
])('%i s and %i ns are formatted with as many digits as needed', (seconds, nanos, expected) => {
  expect(formatInstant(seconds, nanos)).toBe(expected);
});

test('a text longer than every time is not an instant, even if it begins with one', () => {
  expect(parseInstant(`2026-01-01T00:00:00.${'1'.repeat(40)}Z`)).toEqual({
    seconds: 1_767_225_600,
    nanos: 111_111_111,
  });
  expect(parseInstant(`2026-01-01T00:00:00.${'1'.repeat(8 * 1024 * 1024)}x`)).toBeUndefined();
  expect(parseInstant('1'.repeat(100_000))).toBeUndefined();
});
