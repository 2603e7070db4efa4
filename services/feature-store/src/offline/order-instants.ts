import type { HistoryTransaction } from './history.port.js';

/** Transactions of an instant that are ordered at once; of more, the first so many by their terminals' logs, then the next. */
const MAX_INSTANT = 100_000;

/**
 * Puts transactions of one instant (`orderMs`) into an order that is their terminals' and their customers' at once. All others stay
 * where they are. Holds one batch and the transactions of one instant, of which at most 100,000: beyond, customers' order holds within each
 * hundred thousand.
 * @param batches by `orderMs`
 */
export async function* orderInstants(
  batches: AsyncIterable<readonly HistoryTransaction[]>,
  maxInstant = MAX_INSTANT,
): AsyncGenerator<readonly HistoryTransaction[]> {
  let instant: HistoryTransaction[] = [];
  for await (const batch of batches) {
    const out: HistoryTransaction[] = [];
    for (const transaction of batch) {
      if (instant.length >= maxInstant || (instant.length > 0 && instant[0]?.orderMs !== transaction.orderMs)) {
        append(out, instant);
        instant = [];
      }
      instant.push(transaction);
    }
    if (out.length > 0) yield out;
  }
  if (instant.length > 0) yield orderInstant(instant);
}

function append(out: HistoryTransaction[], instant: readonly HistoryTransaction[]): void {
  if (instant.length === 1) out.push(instant[0] as HistoryTransaction);
  else for (const transaction of orderInstant(instant)) out.push(transaction);
}

/**
 * A transaction's turn has come when those before it of its terminal and of its customer have gone. Should the two logs contradict
 * each other, which takes workers that overtook each other within the instant, the customers' order gives way.
 * @param instant in any order
 */
export function orderInstant(instant: readonly HistoryTransaction[]): readonly HistoryTransaction[] {
  const byLog = instant.toSorted((a, b) => a.logPartition - b.logPartition || a.logOffset - b.logOffset);
  const followers = [
    followersOf(byLog, ({ terminalId }) => terminalId),
    followersOf(
      byLog.toSorted((a, b) => a.customerOrder - b.customerOrder),
      ({ customerId }) => customerId,
    ),
  ];
  const blockers = new Map(byLog.map((transaction) => [transaction, 0]));
  for (const some of followers) for (const follower of some.values()) addTo(blockers, follower, 1);
  const ready = byLog.filter((transaction) => blockers.get(transaction) === 0);
  const left = new Set(byLog);
  const ordered: HistoryTransaction[] = [];
  // Read on by number: taking the first off an array moves all others.
  for (let at = 0; left.size > 0; at++) {
    const next = ready[at] ?? (left.values().next().value as HistoryTransaction);
    if (at >= ready.length) ready.push(next);
    if (!left.delete(next)) continue;
    ordered.push(next);
    for (const some of followers) {
      const follower = some.get(next);
      if (follower !== undefined && addTo(blockers, follower, -1) === 0) ready.push(follower);
    }
  }
  return ordered;
}

/** The next transaction of the same entity behind each. */
function followersOf(
  transactions: readonly HistoryTransaction[],
  entityOf: (transaction: HistoryTransaction) => string,
): ReadonlyMap<HistoryTransaction, HistoryTransaction> {
  const followers = new Map<HistoryTransaction, HistoryTransaction>();
  const last = new Map<string, HistoryTransaction>();
  for (const transaction of transactions) {
    const before = last.get(entityOf(transaction));
    if (before !== undefined) followers.set(before, transaction);
    last.set(entityOf(transaction), transaction);
  }
  return followers;
}

function addTo(counts: Map<HistoryTransaction, number>, transaction: HistoryTransaction, change: number): number {
  const count = (counts.get(transaction) ?? 0) + change;
  counts.set(transaction, count);
  return count;
}
