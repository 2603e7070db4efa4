import type { Label } from '@fraudflow/contracts';
import { expect, test } from 'vitest';
import type { TransactionKeys } from './canonical-label.js';
import { joinLabels, splitByAge } from './label-joiner.js';
import { TransactionLookup } from './transaction-lookup.port.js';

class FakeLookup extends TransactionLookup {
  readonly asked: string[][] = [];

  constructor(private readonly known: ReadonlyMap<string, TransactionKeys>) {
    super();
  }

  async find(ids: readonly string[]): Promise<ReadonlyMap<string, TransactionKeys>> {
    this.asked.push([...ids]);
    return this.known;
  }
}

const aLabel = (id: string, more: Partial<Label> = {}): { label: Label } => ({
  label: { transaction_id: id, is_fraud: true, labelled_at: '2026-01-08T00:00:00Z', source: 'chargeback', ...more },
});
const KEYS = { customerId: 'c', terminalId: 'm', occurredAtMs: Date.parse('2026-01-01T00:00:00Z') };

test('labels are joined with one look-up for those that lack keys', async () => {
  const lookup = new FakeLookup(new Map([['known', KEYS]]));
  const whole = aLabel('whole', { customer_id: 'x', terminal_id: 'y', occurred_at: '2026-01-01T00:00:00Z' });

  const { joined, unknown } = await joinLabels([aLabel('known'), whole, aLabel('stranger'), aLabel('known')], lookup);

  expect(lookup.asked).toEqual([['known', 'stranger']]);
  expect(joined.map(({ label }) => [label.transaction_id, label.terminal_id])).toEqual([
    ['known', 'm'],
    ['whole', 'y'],
    ['known', 'm'],
  ]);
  expect(unknown.map(({ label }) => label.transaction_id)).toEqual(['stranger']);
});

test('a label waits exactly as long as the bound says', () => {
  const waiting = (takenAtMs: number) => ({
    ...aLabel('t'),
    topic: 'labels',
    partition: 0,
    offset: '1',
    bytes: Buffer.alloc(0),
    takenAtMs,
  });

  const { expired, alive } = splitByAge([waiting(0), waiting(50)], 100, 50);

  expect(expired.map(({ takenAtMs }) => takenAtMs)).toEqual([0]);
  expect(alive.map(({ takenAtMs }) => takenAtMs)).toEqual([50]);
});
