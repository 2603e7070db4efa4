import type { EntityEngine } from '@fraudflow/features';

/** Limits of the decoded entities that a stage keeps in memory per partition. They may change between batches. */
export interface CacheLimits {
  readonly entities: number;
  readonly bytes: number;
}

/** Smaller engines are never rebuilt, bytes. */
const MIN_BLOATED_BYTES = 1024 * 1024;
/**
 * An engine is rebuilt above this multiple of the bytes that its entities need. The factor leaves space for twice the
 * entities, as during a batch, and for growth.
 */
const BLOAT_FACTOR = 4;

/**
 * True if an engine holds far more memory than its entities need, and no entity has unwritten changes. An engine reuses
 * the space of an evicted entity for entities of the same size only, so space of large entities stays allocated when
 * small ones replace them.
 */
export function isBloated({ hasChanges, byteLength, usedBytes }: EngineMemory): boolean {
  return !hasChanges && byteLength > Math.max(MIN_BLOATED_BYTES, BLOAT_FACTOR * usedBytes);
}

type EngineMemory = Pick<EntityEngine, 'hasChanges' | 'byteLength' | 'usedBytes'>;
