import type { AppError } from '@fraudflow/core';
import { expect, test } from 'vitest';
import { CardTokeniser } from '../cards/card-tokeniser.js';
import { checkedLabel, contradiction, joinLabel, keysOf, type LabelRules } from './canonical-label.js';

const TAKEN_AT_MS = Date.parse('2026-05-01T00:00:00Z');
const DAY_MS = 86_400_000;
const cards = new CardTokeniser(Buffer.alloc(32, 1).toString('base64'), 1);
const RULES: LabelRules = {
  maxFutureMs: 0,
  maxAgeMs: 20 * 365 * DAY_MS,
  maxLabelAheadMs: 90 * DAY_MS,
  cardNumbersInIds: 'refuse',
};
const check = (label: Record<string, unknown>, rules = RULES): ReturnType<typeof checkedLabel> =>
  checkedLabel(
    { transaction_id: 't1', is_fraud: true, labelled_at: '2026-04-20T00:00:00Z', ...label },
    TAKEN_AT_MS,
    rules,
    cards,
  );

test('a label without keys needs a lookup, and a label with all keys does not', () => {
  const bare = check({});
  const whole = check({ customer_id: 'c', terminal_id: 'm', occurred_at: '2026-04-10T00:00:00Z' });

  expect(bare.source).toBe('chargeback');
  expect(keysOf(bare)).toBeUndefined();
  expect(keysOf(whole)).toEqual({ customerId: 'c', terminalId: 'm', occurredAtMs: Date.parse('2026-04-10T00:00:00Z') });
});

test('a joined label has its instants in UTC', () => {
  const joined = joinLabel(check({ labelled_at: '2026-04-20T02:00:00+02:00' }), {
    customerId: 'c',
    terminalId: 'm',
    occurredAtMs: Date.parse('2026-04-10T00:00:00Z'),
  });

  expect(joined.labelled_at).toBe('2026-04-20T00:00:00.000Z');
  expect(joined.occurred_at).toBe('2026-04-10T00:00:00.000Z');
});

test.each([
  [{ is_fraud: 'yes' }, 'IS_FRAUD_INVALID'],
  [{ labelled_at: undefined }, 'LABELLED_AT_MISSING'],
  [{ source: 'rumour' }, 'SOURCE_INVALID'],
  [{ occurred_at: '2026-04-21T00:00:00Z' }, 'LABELLED_AT_INVALID'],
  [{ occurred_at: '0001-01-10T00:00:00Z' }, 'OCCURRED_AT_TOO_OLD'],
  [{ occurred_at: '1901-01-10T00:00:00Z' }, 'OCCURRED_AT_TOO_OLD'],
  [{ labelled_at: '1970-01-01T00:00:00Z' }, 'LABELLED_AT_TOO_OLD'],
  [{ labelled_at: '9999-12-31T00:00:00Z' }, 'LABELLED_AT_IN_FUTURE'],
  [{ labelled_at: '2026-07-30T00:00:00.001Z' }, 'LABELLED_AT_IN_FUTURE'],
  [{ transaction_id: '4111111111111111' }, 'TRANSACTION_ID_IS_CARD_NUMBER'],
  [{ customer_id: '4111111111111111' }, 'CUSTOMER_ID_IS_CARD_NUMBER'],
  [{ terminal_id: '4111111111111111' }, 'TERMINAL_ID_IS_CARD_NUMBER'],
  [{ occurred_at: '2026-05-02T00:00:00Z', labelled_at: '2026-05-03T00:00:00Z' }, 'OCCURRED_AT_IN_FUTURE'],
])('%o is refused as %s', (changes, code) => {
  expect(() => check(changes)).toThrow(expect.objectContaining({ code }) as AppError);
});

test('a label may be sent before the time it becomes available, within the limit', () => {
  expect(check({ labelled_at: '2026-07-30T00:00:00Z' }).labelled_at).toBe('2026-07-30T00:00:00Z');
});

test('a label and its transaction get the same token for an id that is a card number, and fields of the producer are omitted', () => {
  const label = check({ transaction_id: '4111111111111111', note: 1 }, { ...RULES, cardNumbersInIds: 'tokenise' });

  expect(label).toEqual({
    transaction_id: cards.tokenise('4111111111111111'),
    is_fraud: true,
    labelled_at: '2026-04-20T00:00:00Z',
    source: 'chargeback',
  });
});

const KEYS = { customerId: 'c', terminalId: 'm', occurredAtMs: Date.parse('2026-04-10T00:00:00Z') };

test.each([
  [{}, undefined],
  [{ customer_id: 'c', terminal_id: 'm', occurred_at: '2026-04-10T02:00:00+02:00' }, undefined],
  [{ customer_id: 'other' }, 'CUSTOMER_ID_DIFFERS'],
  [{ terminal_id: 'other' }, 'TERMINAL_ID_DIFFERS'],
  [{ occurred_at: '2026-03-10T00:00:00Z' }, 'OCCURRED_AT_DIFFERS'],
  [{ labelled_at: '2026-04-09T23:59:59Z' }, 'LABELLED_AT_INVALID'],
])('a label with %o contradicts its transaction: %s', (changes, code) => {
  expect(contradiction(check(changes), KEYS)?.code).toBe(code);
});
