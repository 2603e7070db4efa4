import { expect, test } from 'vitest';
import { CardTokeniser } from './card-tokeniser.js';

const KEY = Buffer.alloc(32, 7).toString('base64');
const CARD = '4111 1111 1111 1111';

test('a card number has the same token in every spelling, and another token under another key', () => {
  const tokeniser = new CardTokeniser(KEY, 1);
  const other = new CardTokeniser(Buffer.alloc(32, 8).toString('base64'), 2);

  expect(tokeniser.tokenise(CARD)).toBe(tokeniser.tokenise('4111-1111-1111-1111'));
  expect(tokeniser.tokenise(CARD)).toMatch(/^v1\.[A-Za-z0-9_-]{43}$/);
  expect(other.tokenise(CARD)).not.toBe(tokeniser.tokenise(CARD));
});

test('scrubbing replaces the card numbers of a text and nothing else', () => {
  const tokeniser = new CardTokeniser(KEY, 1);

  const scrubbed = tokeniser.scrub(`{"note":"card ${CARD}","order":"4111111111111112"}`);

  expect(scrubbed).not.toContain('4111 1111 1111 1111');
  expect(scrubbed).toContain('4111111111111112');
});

test('of two numbers that share digits, at least the first is replaced', () => {
  const scrubbed = new CardTokeniser(KEY, 1).scrub('4111 1111 1111 1111.1111.1111.1111');

  expect(scrubbed).toMatch(/^v1\.[\w-]{43}\.1111/);
});

test('a key that is too short is refused, and the error names its setting', () => {
  expect(() => new CardTokeniser('c2hvcnQ=', 1)).toThrow(/FRAUDFLOW_CARD_TOKEN_KEY/);
});
