import { expect, test } from 'vitest';
import { CURRENCIES, isCurrency, minorUnitDecimals } from './currencies.js';

test.each([
  ['EUR', 2],
  ['USD', 2],
  ['JPY', 0],
  ['KRW', 0],
  ['KWD', 3],
  ['TND', 3],
  ['CLF', 4],
  ['XAU', undefined],
  ['eur', undefined],
  ['QQQ', undefined],
  ['__proto__', undefined],
])('%s has %s decimals', (code, decimals) => {
  expect(minorUnitDecimals(code)).toBe(decimals);
  expect(isCurrency(code)).toBe(decimals !== undefined);
});

test('each code is in the table once and has three capital letters', () => {
  expect(new Set(CURRENCIES).size).toBe(CURRENCIES.length);
  expect(CURRENCIES.filter((code) => !/^[A-Z]{3}$/.test(code))).toEqual([]);
});
