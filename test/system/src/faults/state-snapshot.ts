import { createHash } from 'node:crypto';
import { entityStateKey, stageCompleteKey } from '@fraudflow/features';
import type { FaultStack } from './fault-stack.js';
import { PARTITIONS } from './partition-count.js';
import { withRedis } from './stage-places.js';

const PAGE = 1_000;
/** All stage partitions of the run, first those of the customer stage. */
export const STAGE_PARTITIONS = (['customer', 'terminal'] as const).flatMap((stage) =>
  Array.from({ length: PARTITIONS }, (_, partition) => ({ stage, partition })),
);
const STATE_PREFIXES = STAGE_PARTITIONS.map(({ stage, partition }) => entityStateKey(stage, partition, ''));
const COMPLETE_KEYS = new Set(STAGE_PARTITIONS.map(({ stage, partition }) => stageCompleteKey(stage, partition)));

/**
 * Digest of every packed entity state and completeness key. Keys that are not state and differ between runs are left
 * out: the position of a stage (epoch, offsets) and the watermarks that workers exchange.
 */
export function stateDigests(stack: FaultStack): Promise<ReadonlyMap<string, string>> {
  return withRedis(stack, async (redis) => {
    const digests = new Map<string, string>();
    for (const keys of await allKeys(stack)) {
      const states = keys.filter(isState);
      if (states.length === 0) continue;
      const values = await redis.mgetBuffer(states);
      for (const [index, key] of states.entries()) digests.set(key, digestOf(values[index] ?? Buffer.alloc(0)));
    }
    return digests;
  });
}

/** All keys of the store, in pages. */
export function allKeys(stack: FaultStack): Promise<readonly (readonly string[])[]> {
  return withRedis(stack, async (redis) => {
    const found = new Set<string>();
    let cursor = '0';
    do {
      const [next, keys] = await redis.scan(cursor, 'COUNT', PAGE);
      for (const key of keys) found.add(key);
      cursor = next;
    } while (cursor !== '0');
    const all = [...found];
    return Array.from({ length: Math.ceil(all.length / PAGE) }, (_, page) => all.slice(page * PAGE, (page + 1) * PAGE));
  });
}

/** Keys whose states differ between two runs, or that exist in only one of them. */
export function differingStates(
  one: ReadonlyMap<string, string>,
  other: ReadonlyMap<string, string>,
): readonly string[] {
  const keys = new Set([...one.keys(), ...other.keys()]);
  return [...keys].filter((key) => one.get(key) !== other.get(key)).toSorted();
}

function isState(key: string): boolean {
  return COMPLETE_KEYS.has(key) || STATE_PREFIXES.some((prefix) => key.startsWith(prefix));
}

function digestOf(bytes: Buffer): string {
  return createHash('sha1').update(bytes).digest('base64');
}
