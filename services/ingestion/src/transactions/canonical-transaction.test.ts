import { expect, test } from 'vitest';
import type { AppError } from '@fraudflow/core';
import { CardTokeniser } from '../cards/card-tokeniser.js';
import { canonicalTransaction } from './canonical-transaction.js';

const cards = new CardTokeniser(Buffer.alloc(32, 1).toString('base64'), 1);
const rules = { maxAmount: 10_000, maxFutureMs: 60_000, maxAgeMs: 10 * 365 * 86_400_000 };
const TAKEN_AT_MS = Date.parse('2026-05-01T00:00:00Z');

const aTransaction = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  transaction_id: 't1',
  occurred_at: '2026-04-30T23:30:00+02:00',
  customer_id: 'c1',
  terminal_id: 'm1',
  amount: 57.16,
  currency: 'EUR',
  ...changes,
});

const canonical = (changes: Record<string, unknown> = {}): ReturnType<typeof canonicalTransaction> =>
  canonicalTransaction(aTransaction(changes), TAKEN_AT_MS, rules, cards);

const rejection = (changes: Record<string, unknown>): Pick<AppError, 'code' | 'field'> => {
  try {
    canonical(changes);
  } catch (thrown) {
    const { code, field } = thrown as AppError;
    return { code, field };
  }
  throw new Error('was accepted');
};

test('the canonical form has UTC time and whole minor units', () => {
  expect(canonical()).toEqual({
    transaction_id: 't1',
    occurred_at: '2026-04-30T21:30:00.000Z',
    customer_id: 'c1',
    terminal_id: 'm1',
    amount_minor: 5716,
    currency: 'EUR',
  });
});

test.each([
  [{ amount: undefined }, 'AMOUNT_MISSING', 'amount'],
  [{ amount: '12' }, 'AMOUNT_INVALID', 'amount'],
  [{ amount: -1 }, 'AMOUNT_INVALID', 'amount'],
  [{ amount: Number.NaN }, 'AMOUNT_INVALID', 'amount'],
  [{ amount: 1.005 }, 'AMOUNT_INVALID', 'amount'],
  [{ amount: 10_000.01 }, 'AMOUNT_TOO_LARGE', 'amount'],
  [{ currency: 'QQQ' }, 'CURRENCY_INVALID', 'currency'],
  [{ customer_id: null }, 'CUSTOMER_ID_MISSING', 'customer_id'],
  [{ terminal_id: 'a b' }, 'TERMINAL_ID_INVALID', 'terminal_id'],
  [{ occurred_at: 'yesterday' }, 'OCCURRED_AT_INVALID', 'occurred_at'],
  [{ occurred_at: '2026-05-01T00:01:01Z' }, 'OCCURRED_AT_IN_FUTURE', 'occurred_at'],
  [{ occurred_at: '2001-05-01T00:01:01Z' }, 'OCCURRED_AT_TOO_OLD', 'occurred_at'],
])('%o is refused as %s', (changes, code, field) => {
  expect(rejection(changes)).toEqual({ code, field });
});

test('an amount of 0 is a card check and passes', () => {
  expect(canonical({ amount: 0 }).amount_minor).toBe(0);
});

test('unknown fields are kept, and card numbers in them are not', () => {
  const result = canonical({ channel: 'web', memo: 'paid with 4111111111111111', raw: 4111111111111111 });

  expect(result.extra).toMatchObject({ channel: 'web' });
  expect(JSON.stringify(result)).not.toContain('4111111111111111');
});

test('a card number becomes a token', () => {
  const result = canonical({ card_number: '5500 0055 5555 5559' });

  expect(result.card_token).toMatch(/^v1\./);
  expect(JSON.stringify(result)).not.toMatch(/5500 ?0055/);
});
