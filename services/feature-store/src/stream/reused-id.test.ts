import { transactionSchema } from '@fraudflow/contracts';
import { expect, test } from 'vitest';
import { asSent } from './reused-id.js';

const sent = (transaction: Record<string, unknown>, extra?: string): string => {
  const own = JSON.stringify(transaction);
  const bytes = Buffer.from(extra === undefined ? own : `${own.slice(0, -1)},"extra":${extra}}`);
  return asSent({ bytes, from: 0, to: bytes.length });
};
const CANONICAL = {
  transaction_id: 'x',
  occurred_at: '2026-05-01T00:00:00.000Z',
  customer_id: 'c',
  terminal_id: 'm',
  amount_minor: 99_905,
  currency: 'EUR',
};

test.each([
  ['EUR', 99_905, '999.05'],
  ['EUR', 7, '0.07'],
  ['EUR', 0, '0.00'],
  ['JPY', 1_200, '1200'],
  ['KWD', 12, '0.012'],
])('in %s %i minor units are written as %s', (currency, amountMinor, amount) => {
  const json = sent({ ...CANONICAL, currency, amount_minor: amountMinor });

  expect(json).toContain(`"amount":${amount}}`);
  expect(transactionSchema.safeParse(JSON.parse(json)).error).toBeUndefined();
});

test('the dead letter is accepted by ingestion and has the further fields as the producer wrote them', () => {
  const token = `v1.${'a'.repeat(43)}`;
  const extra = '{ "trace":1848262534971330561, "__proto__":{"a":1} }';

  const json = sent({ ...CANONICAL, base_amount_minor: 1, base_currency: 'USD', card_token: token }, extra);

  expect(transactionSchema.safeParse(JSON.parse(json)).error).toBeUndefined();
  expect(json).toContain('"trace":1848262534971330561, "__proto__":{"a":1}}');
  expect(Object.keys(JSON.parse(json) as object)).toEqual([
    'transaction_id',
    'occurred_at',
    'customer_id',
    'terminal_id',
    'currency',
    'card_token',
    'amount',
    'trace',
    '__proto__',
  ]);
  expect(sent(CANONICAL, '{}')).toMatch(/"amount":999\.05\}$/);
});
