import type { EntityEngine } from '@fraudflow/features';

/** What a stage keeps decoded in memory of one partition between batches. May change between batches. */
export interface CacheLimits {
  readonly entities: number;
  readonly bytes: number;
}

/** An engine gives freed memory to others of its entities only: from so many times the limit on it is better made anew. */
const MOST_TIMES_LIMIT = 2;

/** True if an engine holds far more memory than its entities need and the limit allows, and none of them has changes to be written. */
export function isBloated(engine: EntityEngine, { bytes }: CacheLimits): boolean {
  if (engine.hasChanges) return false;
  return engine.byteLength > MOST_TIMES_LIMIT * bytes && engine.usedBytes < engine.byteLength / MOST_TIMES_LIMIT;
}
