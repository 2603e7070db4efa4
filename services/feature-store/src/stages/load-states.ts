import type { StageContext } from '@fraudflow/messaging';
import type { EntityCache } from './entity-cache.js';

interface StateCodec<State> {
  empty(): State;
  decode(bytes: Uint8Array): State;
}

/** Makes sure that the states of these entities are in the cache: one read for all that are missing. */
export async function loadStates<State>(
  ids: Iterable<string>,
  cache: EntityCache<State>,
  codec: StateCodec<State>,
  context: Pick<StageContext, 'read'>,
): Promise<void> {
  const missing = [...new Set(ids)].filter((id) => cache.get(id) === undefined);
  if (missing.length === 0) return;
  const packed = await context.read(missing);
  missing.forEach((id, i) => {
    const bytes = packed[i];
    cache.set(id, bytes === undefined ? codec.empty() : codec.decode(bytes));
  });
}
