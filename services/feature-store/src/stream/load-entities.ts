import { AppError } from '@fraudflow/core';
import type { EntityEngine } from '@fraudflow/features';
import type { StageContext } from '@fraudflow/messaging';

const NO_KEYS: readonly string[] = [];

/**
 * Makes sure that these entities are in memory: one read for all that are missing, one more for the segments of those
 * of very many events.
 * @returns those that the store does not have: they are opened as never seen
 * @throws AppError failed_precondition `STATE_CORRUPT` if stored bytes are damaged, with the `entity`: its state is
 * then computed again from the log
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
  const wanted = keys.flat();
  const segments = wanted.length === 0 ? [] : await context.read(wanted);
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
 * Evicts an entity that was opened as never seen and is still empty: in memory it would pass for one that the store
 * has.
 */
export function dropUnused(engine: EntityEngine, id: string): void {
  const entity = engine.find(id);
  if (entity >= 0 && engine.eventCount(entity) === 0 && !engine.isChanged(entity)) engine.drop(id);
}

/** Says in an error about stored bytes whose they are. */
function named<T>(entity: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    const { kind, message, code } = thrown;
    throw new AppError(kind, `${message} (${entity})`, { code, details: { entity }, cause: thrown });
  }
}
