import type { Fold } from '@fraudflow/learning';

/** From the first row that a fold needs, also for known cards, to the end of the last test range. */
export function rangeOf(folds: readonly Fold[]): { readonly keepFromMs: number; readonly endMs: number } {
  return {
    keepFromMs: Math.min(...folds.map(({ train, knownFraudsFromMs }) => Math.min(train.fromMs, knownFraudsFromMs))),
    endMs: Math.max(...folds.map(({ test }) => test.toMs)),
  };
}
