import { stateLayout } from './state-layout.js';

/** Mark of a stage that does not name a layout: `1`. */
const UNNAMED = 0x31;

/** The two stages that keep state. Each owns one key space per partition of its input topic. */
export type StateEntity = 'customer' | 'terminal';

/**
 * Redis key of one entity's state. All keys of a stage partition share one hash tag, so Redis Cluster keeps them in one
 * slot and one script can write them together with the offset. Redis uses the first `{…}` as the tag, so braces in an
 * id are harmless.
 * @param partition of the stage's input topic, from 0
 * @param id of the entity, or the key of one of its segments: see `segmentKeys`
 * @returns `ff:{<entity>:<partition>}:s:<id>`
 * @example entityStateKey('customer', 7, 'c42') // 'ff:{customer:7}:s:c42'
 */
export function entityStateKey(entity: StateEntity, partition: number, id: string): string {
  return `${stageTag(entity, partition)}:s:${id}`;
}

/**
 * Redis key of a stage partition's epoch, next input offset and high-water marks, under the same hash tag as its
 * states.
 * @param partition of the stage's input topic, from 0
 * @returns `ff:{<entity>:<partition>}:meta`
 * @example stageMetaKey('customer', 7) // 'ff:{customer:7}:meta'
 */
export function stageMetaKey(entity: StateEntity, partition: number): string {
  return `${stageTag(entity, partition)}:meta`;
}

/**
 * Redis key that exists while a stage partition's states are complete. Read it in the same MGET as the states to
 * check whether they are complete: see `isCompleteMark`.
 * @param partition of the stage's input topic, from 0
 * @returns `ff:{<entity>:<partition>}:complete`
 * @example stageCompleteKey('customer', 7) // 'ff:{customer:7}:complete'
 */
export function stageCompleteKey(entity: StateEntity, partition: number): string {
  return `${stageTag(entity, partition)}:complete`;
}

/**
 * Whether the value of a partition's mark means that its states are complete and have the layout and id key of this
 * process. States with another layout or id key are treated as incomplete.
 * @param mark value of `stageCompleteKey`; null and undefined = there is none
 * @returns false also if there is no mark
 */
export function isCompleteMark(mark: Uint8Array | null | undefined): boolean {
  if (!mark) return false;
  const { length } = mark;
  if (length === 1) return mark[0] === UNNAMED;
  const layout = stateLayout();
  if (length !== layout.length) return false;
  for (let i = 0; i < length; i++) if (mark[i] !== layout.charCodeAt(i)) return false;
  return true;
}

/** Key of a closed segment of an entity with very many events. The separator cannot occur in ids. */
export function segmentKey(id: string, segment: number): string {
  return `${id}#${segment}`;
}

function stageTag(entity: StateEntity, partition: number): string {
  return `ff:{${entity}:${partition}}`;
}
