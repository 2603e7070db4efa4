import type { Label, ValidatedLabel } from '@fraudflow/contracts';
import { joinLabel, keysOf } from './canonical-label.js';
import type { TransactionLookup } from './transaction-lookup.port.js';
import type { WaitingLabel } from './waiting-label.repository.js';

export interface JoinResult<Item> {
  readonly joined: readonly { readonly item: Item; readonly label: ValidatedLabel }[];
  readonly unknown: readonly Item[];
}

/**
 * Joins labels with their transactions' keys: those that bring the keys at once, the rest by one look-up.
 * Order is kept. @throws what the look-up throws.
 */
export async function joinLabels<Item extends { readonly label: Label }>(
  items: readonly Item[],
  lookup: TransactionLookup,
): Promise<JoinResult<Item>> {
  const missing = items.filter(({ label }) => keysOf(label) === undefined).map(({ label }) => label.transaction_id);
  const found = await lookup.find([...new Set(missing)]);
  const joined: { item: Item; label: ValidatedLabel }[] = [];
  const unknown: Item[] = [];
  for (const item of items) {
    const keys = keysOf(item.label) ?? found.get(item.label.transaction_id);
    if (keys === undefined) unknown.push(item);
    else joined.push({ item, label: joinLabel(item.label, keys) });
  }
  return { joined, unknown };
}

/** Splits waiting labels whose time is over from those that may still find their transaction. */
export function splitByAge(
  labels: readonly WaitingLabel[],
  nowMs: number,
  waitMs: number,
): { readonly expired: readonly WaitingLabel[]; readonly alive: readonly WaitingLabel[] } {
  const isExpired = (label: WaitingLabel): boolean => nowMs - label.takenAtMs > waitMs;
  return { expired: labels.filter(isExpired), alive: labels.filter((label) => !isExpired(label)) };
}
