import type { Label, ValidatedLabel } from '@fraudflow/contracts';
import type { AppError } from '@fraudflow/core';
import { contradiction, joinLabel, keysOf, type TransactionKeys } from './canonical-label.js';
import type { TransactionLookup } from './transaction-lookup.port.js';

export interface JoinResult<Item> {
  readonly joined: readonly { readonly item: Item; readonly label: ValidatedLabel }[];
  /** Labels that contradict their transaction. */
  readonly refused: readonly { readonly item: Item; readonly reason: AppError }[];
  /** Labels without keys whose transaction is not known yet. */
  readonly unknown: readonly Item[];
}

/**
 * Joins labels with their transactions, in the order of the labels. A label with all keys is checked against the stored
 * transaction. If that is not known (a replay sends labels directly after their transactions), or if the lookup fails,
 * the label's keys are used.
 * @throws errors of the lookup if a label lacks keys
 */
export async function joinLabels<Item extends { readonly label: Label }>(
  items: readonly Item[],
  lookup: TransactionLookup,
): Promise<JoinResult<Item>> {
  const found = await find(items, lookup);
  const joined: { item: Item; label: ValidatedLabel }[] = [];
  const refused: { item: Item; reason: AppError }[] = [];
  const unknown: Item[] = [];
  for (const item of items) {
    const { label } = item;
    const keys = found.get(label.transaction_id) ?? keysOf(label);
    const reason = keys && contradiction(label, keys);
    if (keys === undefined) unknown.push(item);
    else if (reason === undefined) joined.push({ item, label: joinLabel(label, keys) });
    else refused.push({ item, reason });
  }
  return { joined, refused, unknown };
}

async function find(
  items: readonly { readonly label: Label }[],
  lookup: TransactionLookup,
): Promise<ReadonlyMap<string, TransactionKeys>> {
  const needed = new Set<string>();
  const optional = new Set<string>();
  for (const { label } of items) (keysOf(label) === undefined ? needed : optional).add(label.transaction_id);
  const [found, checked] = await Promise.all([lookup.find([...needed]), lookup.findIfPossible([...optional])]);
  return checked.size === 0 ? found : new Map([...checked, ...found]);
}
