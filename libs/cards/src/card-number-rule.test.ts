import { expect, test } from 'vitest';
import { type CardNumberRule, holdsRefusedCardNumber } from './card-number-rule.js';

test.each<[CardNumberRule, string, boolean]>([
  ['refuse', 'c-4111111111111111', true],
  ['refuse', 'c-4111111111111112', false],
  ['keep', 'c-4111111111111111', false],
])('under the rule %s, that %j holds a refused card number is %s', (rule, text, isRefused) => {
  expect(holdsRefusedCardNumber(text, rule)).toBe(isRefused);
});
