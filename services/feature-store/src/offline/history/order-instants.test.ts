import { expect, test } from 'vitest';
import type { HistoryTransaction } from './history.port.js';
import { orderInstant, orderInstants } from './order-instants.js';

const AT = Date.UTC(2026, 4, 10);
/** A transaction of one instant, with positions in the order of its terminal and of its customer. */
const aTransaction = (n: number, over: Partial<HistoryTransaction> = {}): HistoryTransaction => ({
  kind: 'transaction',
  transactionId: `t${n}`,
  occurredAtMs: AT,
  customerId: `c${n % 7}`,
  terminalId: `m${n % 5}`,
  amountMinor: 1,
  currency: 'EUR',
  logPartition: 0,
  logOffset: n,
  orderMs: AT,
  customerOrder: n,
  ...over,
});

async function* inBatches(
  rows: readonly HistoryTransaction[],
  size: number,
): AsyncGenerator<readonly HistoryTransaction[]> {
  for (let from = 0; from < rows.length; from += size) yield rows.slice(from, from + size);
}

async function all(source: AsyncIterable<readonly HistoryTransaction[]>): Promise<readonly HistoryTransaction[]> {
  const rows: HistoryTransaction[] = [];
  for await (const batch of source) for (const row of batch) rows.push(row);
  return rows;
}

const ids = (rows: readonly HistoryTransaction[]): readonly string[] => rows.map(({ transactionId }) => transactionId);

test('the result respects the order of terminals and of customers', () => {
  const first = aTransaction(2, { customerId: 'c', terminalId: 'a', customerOrder: 1 });
  const second = aTransaction(1, { customerId: 'c', terminalId: 'b', customerOrder: 2 });
  const third = aTransaction(3, { customerId: 'd', terminalId: 'b' });

  expect(ids(orderInstant([second, first, third]))).toEqual(['t2', 't1', 't3']);
});

test('contradicting orders still return each transaction once', () => {
  const one = aTransaction(1, { customerId: 'c', terminalId: 'a', customerOrder: 2 });
  const two = aTransaction(2, { customerId: 'c', terminalId: 'a', customerOrder: 1 });
  const three = aTransaction(3, { customerId: 'x', terminalId: 'y' });

  expect(ids(orderInstant([one, two, three])).toSorted()).toEqual(['t1', 't2', 't3']);
});

test('an instant of 250,000 transactions is ordered in parts, and each transaction is returned once', async () => {
  const rows = Array.from({ length: 250_000 }, (_, n) => aTransaction(n));

  const ordered = await all(orderInstants(inBatches(rows, 2_000), 100_000));

  expect(ordered).toHaveLength(rows.length);
  expect(new Set(ids(ordered)).size).toBe(rows.length);
  const lastOfTerminal = new Map<string, number>();
  for (const { terminalId, logOffset } of ordered) {
    expect(logOffset > (lastOfTerminal.get(terminalId) ?? -1)).toBe(true);
    lastOfTerminal.set(terminalId, logOffset);
  }
});

test('the order of transactions of different instants is unchanged', async () => {
  const rows = Array.from({ length: 10 }, (_, n) => aTransaction(n, { orderMs: AT + n }));

  expect(ids(await all(orderInstants(inBatches(rows, 3))))).toEqual(ids(rows));
});
