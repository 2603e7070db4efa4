import { expect, test } from 'vitest';
import { CardTokeniser } from './card-tokeniser.js';

const KEY = Buffer.alloc(32, 7).toString('base64');
const CARD = '4111 1111 1111 1111';

test('a card has one token however it is written, and another under another key', () => {
  const tokeniser = new CardTokeniser(KEY, 1);
  const other = new CardTokeniser(Buffer.alloc(32, 8).toString('base64'), 2);

  expect(tokeniser.tokenise(CARD)).toBe(tokeniser.tokenise('4111-1111-1111-1111'));
  expect(tokeniser.tokenise(CARD)).toMatch(/^v1\.[A-Za-z0-9_-]{43}$/);
  expect(other.tokenise(CARD)).not.toBe(tokeniser.tokenise(CARD));
});

test('a text loses its card numbers and nothing else', () => {
  const tokeniser = new CardTokeniser(KEY, 1);

  const scrubbed = tokeniser.scrub(`{"note":"card ${CARD}","order":"4111111111111112"}`);

  expect(scrubbed).not.toContain('4111 1111 1111 1111');
  expect(scrubbed).toContain('4111111111111112');
});

test('an id is asked whether it holds a card number', () => {
  const tokeniser = new CardTokeniser(KEY, 1);

  expect(tokeniser.holdsCard('c-4111111111111111')).toBe(true);
  expect(tokeniser.holdsCard('c-4111111111111112')).toBe(false);
});

test('numbers that share digits are both replaced, or the first of them', () => {
  const scrubbed = new CardTokeniser(KEY, 1).scrub('4111 1111 1111 1111.1111.1111.1111');

  expect(scrubbed).toMatch(/^v1\.[\w-]{43}\.1111/);
});

test('a key that is too short is refused by name', () => {
  expect(() => new CardTokeniser('c2hvcnQ=', 1)).toThrow(/FRAUDFLOW_CARD_TOKEN_KEY/);
});

test('an id of several numbers, such as a terminal and the time in ms, is no card number', () => {
  const cards = new CardTokeniser(Buffer.alloc(32, 1).toString('base64'), 1);
  // 224 and an instant: together 16 digits that begin as a Mastercard and pass the Luhn check.
  const ids = Array.from({ length: 100 }, (_, n) => `h224-${1_796_049_700_000 + n}`);

  expect(ids.filter((id) => cards.holdsCard(id))).toEqual([]);
  expect(ids.filter((id) => cards.scrub(id) !== id).length).toBeGreaterThan(0);
});

test('a card number in one run or in the usual groups is found in an id', () => {
  const cards = new CardTokeniser(Buffer.alloc(32, 1).toString('base64'), 1);
  const ids = ['4111111111111111', 'tx:4111-1111-1111-1111', '3782-822463-10005', '4111.1111.1111.1111'];

  expect(ids.every((id) => cards.holdsCard(id))).toBe(true);
});
