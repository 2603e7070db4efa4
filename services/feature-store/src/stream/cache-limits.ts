import type { EntityEngine } from '@fraudflow/features';

/** What a stage keeps decoded in memory of one partition between batches. May change between batches. */
export interface CacheLimits {
  readonly entities: number;
  readonly bytes: number;
}

/** An engine smaller than this is never worth making anew, bytes. */
const MIN_BLOATED_BYTES = 1024 * 1024;
/**
 * Above this multiple of what its entities need, an engine is rebuilt. Space for twice the entities, as during a batch,
 * and for growth is not bloat.
 */
const BLOAT_FACTOR = 4;

/**
 * True if an engine holds far more memory than its entities need, and none of them has changes to be written. An engine
 * reuses the space of an evicted entity for entities of the same size only: space for large ones stays when small
 * ones take their place.
 */
export function isBloated({ hasChanges, byteLength, usedBytes }: EngineMemory): boolean {
  return !hasChanges && byteLength > Math.max(MIN_BLOATED_BYTES, BLOAT_FACTOR * usedBytes);
}

type EngineMemory = Pick<EntityEngine, 'hasChanges' | 'byteLength' | 'usedBytes'>;
