import type { Instant } from '../values/instant.js';

/** A pushed value: double as number, int64 and unix_timestamp (seconds) as bigint, string, bool; null = missing. */
export type FeatureValue = number | bigint | string | boolean | null;

/** One row of a pushed view: what users wrote about an entity at a time. */
export interface PushedRow {
  /** Identifies the entity within the view; see `entityKeyOf`. */
  readonly entityKey: string;
  /** When it was true. */
  readonly eventAt: Instant;
  /** When it was written, for point-in-time reads that must not see what came later. */
  readonly createdAt: Instant;
  /** In the order of the view's features. */
  readonly values: readonly FeatureValue[];
}

/** One name for an entity: its id, or all ids of a composite key with their lengths, which no other ids can spell. */
export function entityKeyOf(ids: readonly string[]): string {
  const [only = ''] = ids;
  return ids.length === 1 ? only : ids.map((id) => `${id.length}:${id}`).join('');
}
