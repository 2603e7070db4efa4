import type { HistoryTransaction } from './history.port.js';

/**
 * Upper bound of transactions ordered together. A larger instant is split into parts, in the order of the terminals'
 * logs.
 */
const MAX_INSTANT = 100_000;

/**
 * Orders the transactions of one instant (`orderMs`) so that the order of each terminal and of each customer is
 * respected. The order of instants is unchanged. Holds one batch and the transactions of one instant, at most 100,000.
 * In a larger instant, the order of customers holds only within each part of 100,000.
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
 * Topological sort (Kahn's algorithm): a transaction is ready after the preceding ones of its terminal and of its
 * customer. The two orders can contradict each other if workers overtook each other within the instant; the terminals'
 * order then has precedence.
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
  // Iterates by index, because removing the first element of an array moves all others.
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

/** Maps each transaction to the next one of the same entity. */
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
