import { AppError } from '@fraudflow/core';
import type { EntityEngine } from '@fraudflow/features';
import type { StageContext } from '@fraudflow/messaging';

const NO_KEYS: readonly string[] = [];

/**
 * Loads entities into memory: one read for all missing ones, and a second one for states that are stored in segments.
 * @returns ids that the store does not have; they are opened as unknown entities
 * @throws AppError failed_precondition `STATE_CORRUPT` for damaged bytes, with `entity` in the details: its state is
 * then recomputed from the log
 */
export async function loadEntities(
  ids: ReadonlySet<string>,
  engine: EntityEngine,
  context: Pick<StageContext, 'read'>,
): Promise<readonly string[]> {
  if (ids.size === 0) return [];
  const missing = [...ids];
  const heads = await context.read(missing);
  const keys = missing.map((id, i) => {
    const head = heads[i];
    return head === undefined ? NO_KEYS : named(id, () => engine.segmentKeys(id, head));
  });
  const segmentKeys = keys.flat();
  const segments = segmentKeys.length === 0 ? [] : await context.read(segmentKeys);
  const absent: string[] = [];
  let at = 0;
  for (let i = 0; i < missing.length; i++) {
    const id = missing[i] as string;
    const head = heads[i];
    const own = segments.slice(at, (at += keys[i]?.length ?? 0));
    if (head === undefined) {
      engine.open(id);
      absent.push(id);
    } else named(id, () => engine.load(id, { head, segments: own.filter((segment) => segment !== undefined) }));
  }
  return absent;
}

/**
 * Evicts an entity that was opened as unknown and is still empty. In memory it would count as an entity of the store.
 */
export function dropUnused(engine: EntityEngine, id: string): void {
  const entity = engine.find(id);
  if (entity >= 0 && engine.eventCount(entity) === 0 && !engine.isChanged(entity)) engine.drop(id);
}

/** Adds the entity to errors about stored bytes. */
function named<T>(entity: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    const { kind, message, code } = thrown;
    throw new AppError(kind, `${message} (${entity})`, { code, details: { entity }, cause: thrown });
  }
}
