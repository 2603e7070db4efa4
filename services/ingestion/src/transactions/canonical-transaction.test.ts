import { type AppError, parseExactJson, RateTable } from '@fraudflow/core';
import { expect, test } from 'vitest';
import { CardTokeniser } from '../cards/card-tokeniser.js';
import { Canonicaliser, type TransactionRules } from './canonical-transaction.js';

const cards = new CardTokeniser(Buffer.alloc(32, 1).toString('base64'), 1);
const DAY_MS = 86_400_000;
const rules: TransactionRules = {
  maxAmount: 10_000,
  maxFutureMs: 60_000,
  maxAgeMs: 10 * 365 * DAY_MS,
  cardNumbersInIds: 'refuse',
  baseCurrency: 'EUR',
  rateMaxAgeMs: 7 * DAY_MS,
};
const rates = new RateTable();
for (const [currency, text] of [
  ['USD', '0.9'],
  ['JPY', '0.0058'],
  ['KWD', '2.95'],
  ['IRR', '0.00002'],
] as const) {
  rates.set({ currency, baseCurrency: 'EUR', text, effectiveAtMs: Date.parse('2026-04-30T00:00:00Z') });
}
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

type Canonical = ReturnType<Canonicaliser['canonical']>;
const canonical = (changes: Record<string, unknown> = {}, more: Partial<TransactionRules> = {}): Canonical =>
  new Canonicaliser({ ...rules, ...more }, cards, rates).canonical(aTransaction(changes), TAKEN_AT_MS);

const rejection = (
  changes: Record<string, unknown>,
  more: Partial<TransactionRules> = {},
): Pick<AppError, 'code' | 'field'> => {
  try {
    canonical(changes, more);
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
  [{ currency: 'SEK' }, 'CURRENCY_RATE_UNKNOWN', 'currency'],
  [{ currency: 'USD', occurred_at: '2026-04-29T23:59:59Z' }, 'CURRENCY_RATE_UNKNOWN', 'currency'],
  [{ currency: 'JPY', amount: 1.5 }, 'AMOUNT_INVALID', 'amount'],
  [{ currency: 'KWD', amount: 1.2345 }, 'AMOUNT_INVALID', 'amount'],
  [{ currency: 'USD', amount: 11_111.13 }, 'AMOUNT_TOO_LARGE', 'amount'],
  [{ amount: 1e300 }, 'AMOUNT_INVALID', 'amount'],
  [{ card_number: '            ' }, 'CARD_NUMBER_INVALID', 'card_number'],
  [{ card_number: '------------' }, 'CARD_NUMBER_INVALID', 'card_number'],
  [{ card_number: '41111111111111111111' }, 'CARD_NUMBER_INVALID', 'card_number'],
  [{ customer_id: '4111111111111111' }, 'CUSTOMER_ID_IS_CARD_NUMBER', 'customer_id'],
  [{ terminal_id: '4111-1111-1111-1111' }, 'TERMINAL_ID_IS_CARD_NUMBER', 'terminal_id'],
  [{ transaction_id: 'tx:4111.1111.1111.1111' }, 'TRANSACTION_ID_IS_CARD_NUMBER', 'transaction_id'],
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

test('unknown fields are kept, and card numbers in them are replaced', () => {
  const result = canonical({ channel: 'web', memo: 'paid with 4111111111111111', raw: 4111111111111111 });

  expect(result.extra).toMatchObject({ channel: 'web' });
  expect(JSON.stringify(result)).not.toContain('4111111111111111');
});

test('a card number becomes a token', () => {
  const result = canonical({ card_number: '5500 0055 5555 5559' });

  expect(result.card_token).toMatch(/^v1\./);
  expect(JSON.stringify(result)).not.toMatch(/5500 ?0055/);
});

test.each([
  ['USD', 100, { amount_minor: 10_000, base_amount_minor: 9_000, base_currency: 'EUR', exchange_rate: '0.9' }],
  ['JPY', 1_000, { amount_minor: 1_000, base_amount_minor: 580, base_currency: 'EUR', exchange_rate: '0.0058' }],
  ['KWD', 1.234, { amount_minor: 1_234, base_amount_minor: 364, base_currency: 'EUR', exchange_rate: '2.95' }],
  ['IRR', 20_000_000, { amount_minor: 2_000_000_000, base_amount_minor: 40_000 }],
])('an amount in %s keeps its own minor units and gets those of the base currency', (currency, amount, fields) => {
  expect(canonical({ currency, amount })).toMatchObject({ currency, ...fields });
});

test('an amount in the base currency has no rate, whichever the base currency is', () => {
  expect(canonical({ currency: 'USD' }, { baseCurrency: 'USD' })).not.toHaveProperty('exchange_rate');
  expect(rejection({ currency: 'EUR' }, { baseCurrency: 'USD' }).code).toBe('CURRENCY_RATE_UNKNOWN');
});

test('the rate of the event time is used if it is not too old', () => {
  const later = { currency: 'USD', occurred_at: '2026-04-30T00:00:02Z' };

  expect(canonical(later, { rateMaxAgeMs: 2_000 }).exchange_rate).toBe('0.9');
  expect(rejection(later, { rateMaxAgeMs: 1_999 }).code).toBe('CURRENCY_RATE_UNKNOWN');
});

test('under the rule `tokenise` an id with a card number becomes the same token every time', () => {
  const tokenised = canonical({ customer_id: '4111111111111111' }, { cardNumbersInIds: 'tokenise' });

  expect(tokenised.customer_id).toBe(cards.tokenise('4111111111111111'));
  expect(canonical({ customer_id: '4111111111111111' }, { cardNumbersInIds: 'keep' }).customer_id).toBe(
    '4111111111111111',
  );
});

test('card numbers in names of unknown fields are replaced', () => {
  const result = canonical({
    '4111111111111111': true,
    nested: [{ '5500 0055 5555 5559': { card: '4111.1111.1111.1111' } }],
  });

  expect(JSON.stringify(result)).not.toMatch(/4111|5500/);
});

test('numbers and names that JavaScript cannot represent are kept', () => {
  const json = `{"transaction_id":"t1","occurred_at":"2026-04-30T21:30:00Z","customer_id":"c1","terminal_id":"m1","amount":1,"currency":"EUR",
    "trace":1848262534971330561,"seq":[9007199254740993,-9007199254740993],"__proto__":{"risk":7},"constructor":"pos-12"}`;

  const { extra } = new Canonicaliser(rules, cards, rates).canonical(
    parseExactJson(json) as Record<string, unknown>,
    TAKEN_AT_MS,
  );

  expect(JSON.stringify(extra)).toBe(
    '{"trace":"1848262534971330561","seq":["9007199254740993","-9007199254740993"],"__proto__":{"risk":7},"constructor":"pos-12"}',
  );
});

test('numbers that only resemble card numbers are unchanged', () => {
  const fields = {
    sent_ms: 1767225600009,
    device_imei: '490154203237518',
    basket_ean: '4006381333931',
    trace: '41111111-1111-4111-a66c-f2db26efb20c',
    batch: '000000000000',
    rrn: 512300000004,
    score: 0.4111111111111111,
  };

  expect(canonical(fields).extra).toEqual(fields);
});

test('fields that are nested too deeply are refused', () => {
  const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);

  expect(canonical({ memo: nested(32) }).extra).toBeDefined();
  expect(rejection({ memo: nested(33) }).code).toBe('JSON_TOO_DEEP');
  expect(rejection({ memo: JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`) }).code).toBe('JSON_TOO_DEEP');
});
