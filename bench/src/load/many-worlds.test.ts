import { TransactionSimulator } from '@fraudflow/simulator';
import { expect, test } from 'vitest';
import { ManyWorlds } from './many-worlds.js';

test('days of several worlds are in event-time order, and no two worlds share an id', () => {
  const world = (seed: number) => new TransactionSimulator({ seed, customers: 50, terminals: 100, radius: 30 });
  const worlds = new ManyWorlds([world(1), world(2), world(3)]);

  const [first, second] = [worlds.nextDay(), worlds.nextDay()];

  const all = [...first.transactions, ...second.transactions];
  expect(all.every(({ occurredAtMs }, n) => n === 0 || occurredAtMs >= (all[n - 1]?.occurredAtMs ?? 0))).toBe(true);
  expect(new Set(all.map(({ transactionId }) => transactionId)).size).toBe(all.length);
  expect(new Set(all.map(({ customerId }) => customerId.split('-')[0]))).toEqual(new Set(['w0', 'w1', 'w2']));
  expect(worlds.upcomingDay).toBe(2);
});
