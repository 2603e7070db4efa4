import { expect, test } from 'vitest';
import { CardFinder } from './card-finder.js';

const finder = new CardFinder();
const digitsIn = (text: string, escapes = false): string[] => finder.find(text, escapes).map(({ digits }) => digits);

const VISA = '4111111111111111';

test.each([
  [VISA],
  ['card 4111 1111 1111 1111 of c1'],
  ['4111-1111-1111-1111'],
  ['4111 1111-1111 1111'],
  ['4111.1111.1111.1111'],
  ['4111  1111  1111  1111'],
  ['4111\u00a01111\u00a01111\u00a01111'],
  ['4111\u202f1111\u20111111 1111'],
  ['４１１１１１１１１１１１１１１１'],
  ['٤١١١١١١١١١١١١١١١'],
  ['④①①①①①①①①①①①①①①①'],
  ['𝟒𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏'],
  ['164111111111111111'],
  ['1641111111111111113000000000'],
  ['41111111111111112512'],
  ['41111111111111111225'],
  ['41111111111111112512123'],
  ['4111111111111111=25121010000'],
  ['4111111111111111D2512'],
  ['pan4111111111111111x'],
  ['paid 4111111111111111.'],
  ['4111 1111 1111 1111 12 25'],
  ['07 4111 1111 1111 1111'],
  ['Order 12. 4111 1111 1111 1111'],
  ['price 4.50 4111 1111 1111 1111'],
  ['4\u00001\u00001\u00001\u00001\u00001\u00001\u00001\u00001\u00001\u00001\u00001\u00001\u00001\u00001\u00001'],
])('%j holds a card number', (text) => {
  expect(digitsIn(text)).toEqual([VISA]);
});

test.each([
  ['5500005555555559'],
  ['2221000000000009'],
  ['378282246310005'],
  ['3782 822463 10005'],
  ['30569309025904'],
  ['3530111333300000'],
  ['6011111111111117'],
  ['6212345678901232'],
  ['2200000000000004'],
  ['6759649826438453'],
  ['4000000000000000006'],
])('%s is the number of an issuer', (text) => {
  expect(digitsIn(text)).toEqual([text.replaceAll(' ', '')]);
});

test.each([
  ['epoch milliseconds', '1767225600009'],
  ['an IMEI', '490154203237518'],
  ['an EAN-13', '4006381333931'],
  ['zeros', '000000000000'],
  ['a wrong check digit', '4111111111111112'],
  ['a retrieval reference number', '512300000004'],
  ['a UUID', '41111111-1111-4111-a66c-f2db26efb20c'],
  ['the end of a UUID', 'a66cf2db-26ef-b20c-4111-111111111111'],
  ['a UUID without hyphens', 'abcdef0141111111111111110123abcd'],
  ['a fraction', '0.4111111111111111'],
  ['prices', '4.11 1.11 1.11 1.11 1.11 1'],
  ['numbers in lines', '4111\n1111\n1111\n1111'],
  ['a 64-bit id', '1848262534971330561'],
  ['an instant', '2026-04-01 12:00:00.250'],
  ['an IBAN', 'DE89 3704 0044 0532 0130 00'],
])('%s is not a card number', (_what, text) => {
  expect(digitsIn(text)).toEqual([]);
});

test('with the option `escapes`, JSON escapes count as the characters they encode', () => {
  const text = String.raw`{"memo":"\u0034111111111111111"`;

  expect(digitsIn(text, true)).toEqual([VISA]);
  expect(digitsIn(text)).toEqual([]);
});

test('positions refer to the original text', () => {
  const text = '𝟙 card: 4111 1111 1111 1111, and 5500005555555559';

  const positions = finder.find(text).map(({ from, to }) => text.slice(from, to));

  expect(positions).toEqual(['4111 1111 1111 1111', '5500005555555559']);
});

test('a number is found at every position among short groups', () => {
  for (const before of ['', '7 ', '7 7 7 7 7 7 7 7 7 ', '12 34 ']) {
    for (const after of ['', ' 7', ' 1 2 3 4 5', ' 25']) {
      expect(digitsIn(`${before}4111 1111 1111 1111${after}`).join()).toContain(VISA);
    }
  }
});

test.each([['1 '], ['4 '], ['44 '], ['4.'], ['4'], ['1'], ['4 4.'], ['3 6-'], ['４ '], ['4111111111111112 ']])(
  'the work for a text of repeated %j grows at most linearly with its length',
  (unit) => {
    const steps = (length: number): number => {
      const counting = new CardFinder();
      let reads = 0;
      const text = unit.repeat(Math.ceil(length / unit.length));
      const inner = counting as unknown as { passesLuhn(from: number, end: number): boolean };
      const passes = inner.passesLuhn.bind(counting);
      inner.passesLuhn = (from, end) => (reads++, passes(from, end));
      counting.find(text);
      return reads;
    };

    expect(steps(40_000)).toBeLessThanOrEqual(2.1 * steps(20_000) + 50);
    expect(steps(40_000)).toBeLessThanOrEqual(40_000 * 8);
  },
);
