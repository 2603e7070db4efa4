import type { Instant } from '../values/instant.js';

/** A pushed value: double as number, int64 and unix_timestamp (seconds) as bigint, string, bool; null = missing. */
export type FeatureValue = number | bigint | string | boolean | null;

/** One row of a pushed view: values of an entity at a time, written by users. */
export interface PushedRow {
  /** Identifies the entity within the view; see `entityKeyOf`. */
  readonly entityKey: string;
  /** Time at which the values became valid. */
  readonly eventAt: Instant;
  /** Time at which the row was written. Point-in-time reads as of an earlier time do not see it. */
  readonly createdAt: Instant;
  /** In the order of the view's features. */
  readonly values: readonly FeatureValue[];
}

/**
 * A unique key of an entity: its id, or all ids of a composite key with their lengths, so that different ids never give
 * the same key.
 */
export function entityKeyOf(ids: readonly string[]): string {
  const [only = ''] = ids;
  return ids.length === 1 ? only : ids.map((id) => `${id.length}:${id}`).join('');
}
