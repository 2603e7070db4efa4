import type { AppError } from '@fraudflow/core';
import { expect, test } from 'vitest';
import { checkedLabel, joinLabel, keysOf } from './canonical-label.js';

const TAKEN_AT_MS = Date.parse('2026-05-01T00:00:00Z');
const check = (label: Record<string, unknown>): ReturnType<typeof checkedLabel> =>
  checkedLabel({ transaction_id: 't1', is_fraud: true, labelled_at: '2026-04-20T00:00:00Z', ...label }, TAKEN_AT_MS, 0);

test('a label without keys has to be joined, and one with all keys has not', () => {
  const bare = check({});
  const whole = check({ customer_id: 'c', terminal_id: 'm', occurred_at: '2026-04-10T00:00:00Z' });

  expect(bare.source).toBe('chargeback');
  expect(keysOf(bare)).toBeUndefined();
  expect(keysOf(whole)).toEqual({ customerId: 'c', terminalId: 'm', occurredAtMs: Date.parse('2026-04-10T00:00:00Z') });
});

test('a joined label carries UTC instants', () => {
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
  [{ occurred_at: '2026-05-02T00:00:00Z', labelled_at: '2026-05-03T00:00:00Z' }, 'OCCURRED_AT_IN_FUTURE'],
])('%o is refused as %s', (changes, code) => {
  expect(() => check(changes)).toThrow(expect.objectContaining({ code }) as AppError);
});
