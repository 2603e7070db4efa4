import { expect, test, vi } from 'vitest';
import { CardFinder } from './card-finder.js';
import { holdsCardNumber } from './holds-card-number.js';

test.each([
  ['4111111111111111'],
  ['c-4111111111111111'],
  ['tx:4111-1111-1111-1111'],
  ['3782-822463-10005'],
  ['4111.1111.1111.1111'],
  ['paid with 4111 1111 1111 1111'],
  ['501800001239'],
  ['４１１１１１１１１１１１１１１１'],
  ['٤١١١ ١١١١ ١١١١ ١١١١'],
  ['𞥔𞥑𞥑𞥑𞥑𞥑𞥑𞥑𞥑𞥑𞥑𞥑𞥑𞥑𞥑𞥑'],
])('%j holds a card number', (text) => {
  expect(holdsCardNumber(text)).toBe(true);
});

test.each([
  [''],
  ['c1'],
  ['c-4111111111111112'],
  ['41111111-1111-4111-a66c-f2db26efb20c'],
  ['1767225600009'],
  ['4111 11111111 1111'],
  ['411111111111'],
])('%j holds no card number', (text) => {
  expect(holdsCardNumber(text)).toBe(false);
});

test('an id composed of several numbers, such as a terminal and a time in ms, is not a card number', () => {
  // 224 followed by an instant has 16 digits: some begin like a Mastercard number and pass the Luhn check.
  const ids = Array.from({ length: 100 }, (_, n) => `h224-${1_796_049_700_000 + n}`);
  const finder = new CardFinder();

  expect(ids.filter((id) => holdsCardNumber(id))).toEqual([]);
  expect(ids.filter((id) => finder.find(id).length > 0).length).toBeGreaterThan(0);
});

test('a text with fewer than 12 digits is not searched', () => {
  const find = vi.spyOn(CardFinder.prototype, 'find');

  const found = ['c1', 'terminal-12345678901', 'x'.repeat(10_000)].map(holdsCardNumber);

  expect(found).toEqual([false, false, false]);
  expect(find).not.toHaveBeenCalled();
  find.mockRestore();
});
