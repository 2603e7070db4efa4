import { createHash } from 'node:crypto';
import { Secret } from '@fraudflow/config';
import { featuresByTerminalTopic, labelsValidatedTopic, transactionsValidatedTopic } from '@fraudflow/contracts';
import { entityStateKey, stageCompleteKey, stageMetaKey } from '@fraudflow/features';
import type { BusAdmin } from '@fraudflow/messaging';
import { silentLogger } from '@fraudflow/observability';
import { connectRedis } from '@fraudflow/redis';
import { PARTITIONS } from '../stack/bench-stack.js';

type Redis = Awaited<ReturnType<typeof connectRedis>>;

const ROUTER_GROUP = 'feature-store.label-router';
const INPUTS = { customer: transactionsValidatedTopic.name, terminal: featuresByTerminalTopic.name };
const STAGE_PARTITIONS = (['customer', 'terminal'] as const).flatMap((stage) =>
  Array.from({ length: PARTITIONS }, (_, partition) => ({ stage, partition })),
);
const SCAN_COUNT = 2_000;

/** Digests of packed states by key. */
export type StateDigests = ReadonlyMap<string, string>;

/** The two stages' states as they lie in Redis, seen from outside of the feature store. */
export class StageStates {
  private constructor(
    private readonly redis: Redis,
    private readonly admin: BusAdmin,
  ) {}

  static async open(redisUrl: string, admin: BusAdmin): Promise<StageStates> {
    return new StageStates(await connectRedis({ url: new Secret(redisUrl), logger: silentLogger }), admin);
  }

  /** Digest of every state of every entity. */
  async digests(): Promise<StateDigests> {
    const digests = new Map<string, string>();
    for (const { stage, partition } of STAGE_PARTITIONS) {
      const match = `${entityStateKey(stage, partition, '')}*`;
      for await (const keys of this.redis.scanStream({ match, count: SCAN_COUNT }) as AsyncIterable<string[]>) {
        if (keys.length === 0) continue;
        const values = await this.redis.mgetBuffer(keys);
        for (const [i, key] of keys.entries()) digests.set(key, digestOf(values[i] ?? Buffer.alloc(0)));
      }
    }
    return digests;
  }

  /** Whether every stage partition says that its states are complete. */
  async areComplete(): Promise<boolean> {
    const marks = STAGE_PARTITIONS.map(({ stage, partition }) => stageCompleteKey(stage, partition));
    return (await this.redis.exists(...marks)) === marks.length;
  }

  /** Records that the stages and the label router have not committed yet. */
  async behind(): Promise<number> {
    const routed = await this.admin.committed(ROUTER_GROUP, labelsValidatedTopic.name);
    const labels = await this.admin.offsets(labelsValidatedTopic.name);
    let behind = labels.reduce((sum, { end }, partition) => sum + end - (routed[partition] ?? 0), 0);
    for (const { stage, partition } of STAGE_PARTITIONS) {
      const end = (await this.admin.offsets(INPUTS[stage]))[partition]?.end ?? 0;
      behind += end - Number((await this.redis.hget(stageMetaKey(stage, partition), 'next')) ?? 0);
    }
    return behind;
  }

  /** Empties Redis. FLUSHALL is outside the rights of the account. */
  async lose(): Promise<void> {
    for await (const keys of this.redis.scanStream({ count: 10_000 })) {
      const found = keys as readonly string[];
      if (found.length > 0) await this.redis.unlink(...found);
    }
  }

  close(): void {
    this.redis.disconnect();
  }
}

/** Keys whose states differ, or that only one of two has. */
export function differingKeys(one: StateDigests, other: StateDigests): readonly string[] {
  const keys = new Set([...one.keys(), ...other.keys()]);
  return [...keys].filter((key) => one.get(key) !== other.get(key)).toSorted();
}

function digestOf(bytes: Buffer): string {
  return createHash('sha1').update(bytes).digest('base64');
}
