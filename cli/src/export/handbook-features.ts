import { invalidInput } from '@fraudflow/core';
import { FEATURE_NAMES } from '@fraudflow/features';

/** The 14 published features, by our names; the handbook's file has the same order and the names in upper case. */
export const PUBLISHED_FEATURES: readonly string[] = FEATURE_NAMES.filter((name) => name !== 'tx_amount');

export const EXPORT_HEADER = ['TRANSACTION_ID', ...PUBLISHED_FEATURES.map((name) => name.toUpperCase())].join(',');

/**
 * One line of the export. Doubles are written as the shortest text that reads back to the same double; a missing value
 * is empty.
 * @throws AppError invalid_input if the vector lacks a published feature.
 */
export function exportLine(transactionId: string, features: Readonly<Record<string, number | null>>): string {
  let line = transactionId;
  for (const name of PUBLISHED_FEATURES) {
    const value = features[name];
    if (value === undefined) throw invalidInput(`transaction ${transactionId} has no feature ${name}`, { field: name });
    line += value === null ? ',' : `,${value}`;
  }
  return line;
}
