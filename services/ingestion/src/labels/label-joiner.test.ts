import type { Label } from '@fraudflow/contracts';
import { expect, test } from 'vitest';
import type { TransactionKeys } from './canonical-label.js';
import { joinLabels } from './label-joiner.js';
import { TransactionLookup } from './transaction-lookup.port.js';

class FakeLookup extends TransactionLookup {
  readonly requested: string[][] = [];
  readonly checked: string[][] = [];

  constructor(private readonly known: ReadonlyMap<string, TransactionKeys>) {
    super();
  }

  async find(ids: readonly string[]): Promise<ReadonlyMap<string, TransactionKeys>> {
    if (ids.length > 0) this.requested.push([...ids]);
    return this.known;
  }

  async findIfPossible(ids: readonly string[]): Promise<ReadonlyMap<string, TransactionKeys>> {
    if (ids.length > 0) this.checked.push([...ids]);
    return this.known;
  }
}

const aLabel = (id: string, more: Partial<Label> = {}): { label: Label } => ({
  label: { transaction_id: id, is_fraud: true, labelled_at: '2026-01-08T00:00:00Z', source: 'chargeback', ...more },
});
const KEYS = { customerId: 'c', terminalId: 'm', occurredAtMs: Date.parse('2026-01-01T00:00:00Z') };

test('labels are joined with one lookup for all that lack keys', async () => {
  const lookup = new FakeLookup(new Map([['known', KEYS]]));
  const whole = aLabel('whole', { customer_id: 'x', terminal_id: 'y', occurred_at: '2026-01-01T00:00:00Z' });

  const { joined, unknown } = await joinLabels([aLabel('known'), whole, aLabel('unknown'), aLabel('known')], lookup);

  expect(lookup.requested).toEqual([['known', 'unknown']]);
  expect(lookup.checked).toEqual([['whole']]);
  expect(joined.map(({ label }) => [label.transaction_id, label.terminal_id])).toEqual([
    ['known', 'm'],
    ['whole', 'y'],
    ['known', 'm'],
  ]);
  expect(unknown.map(({ label }) => label.transaction_id)).toEqual(['unknown']);
});

test('the keys of a label are checked against its transaction if that is known', async () => {
  const lookup = new FakeLookup(new Map([['known', KEYS]]));
  const keys = { customer_id: 'c', terminal_id: 'm', occurred_at: '2026-01-01T00:00:00Z' };
  const wrong = aLabel('known', { ...keys, occurred_at: '2025-11-01T00:00:00Z' });
  const unknownLabel = aLabel('unknown', { ...keys, terminal_id: 'm9' });

  const { joined, refused } = await joinLabels([wrong, aLabel('known', keys), unknownLabel], lookup);

  expect(refused.map(({ item, reason }) => [item, reason.code])).toEqual([[wrong, 'OCCURRED_AT_DIFFERS']]);
  expect(joined.map(({ label }) => label.terminal_id)).toEqual(['m', 'm9']);
});

test('a label that is older than its transaction is refused when the transaction is known', async () => {
  const early = aLabel('known', { labelled_at: '2025-12-31T23:59:59Z' });

  const { refused } = await joinLabels([early], new FakeLookup(new Map([['known', KEYS]])));

  expect(refused.map(({ reason }) => reason.code)).toEqual(['LABELLED_AT_INVALID']);
});
