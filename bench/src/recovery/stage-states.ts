import { createHash } from 'node:crypto';
import { Secret } from '@fraudflow/config';
import { featuresByTerminalTopic, labelsValidatedTopic, transactionsValidatedTopic } from '@fraudflow/contracts';
import {
  entityStateKey,
  lastEventAtMs,
  type StateEntity,
  STATE_REACH_MS,
  stageCompleteKey,
  stageMetaKey,
} from '@fraudflow/features';
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

/** Separates an entity's id from the number of a segment of its state. Keys that begin with it are not entities. */
const PART_MARK = '#';

/** A packed state, or a segment of one. */
export interface StoredState {
  /** Redis key of the entity's state, also for a segment of it. */
  readonly owner: string;
  readonly digest: string;
  /** Event time of the entity's newest event; undefined for a segment. */
  readonly lastEventMs?: number;
}

/** Packed states by Redis key. */
export type StoredStates = ReadonlyMap<string, StoredState>;

/** The two stages' states in Redis, read without the feature store. */
export class StageStates {
  private constructor(
    private readonly redis: Redis,
    private readonly admin: BusAdmin,
  ) {}

  static async open(redisUrl: string, admin: BusAdmin): Promise<StageStates> {
    return new StageStates(await connectRedis({ url: new Secret(redisUrl), logger: silentLogger }), admin);
  }

  /** Every state of every entity. */
  async stored(): Promise<StoredStates> {
    const states = new Map<string, StoredState>();
    for (const { stage, partition } of STAGE_PARTITIONS) {
      const prefix = entityStateKey(stage, partition, '');
      const scan = this.redis.scanStream({ match: `${prefix}*`, count: SCAN_COUNT });
      for await (const found of scan as AsyncIterable<string[]>) {
        const keys = found.filter((key) => !key.startsWith(PART_MARK, prefix.length));
        if (keys.length === 0) continue;
        const values = await this.redis.mgetBuffer(keys);
        for (const [i, key] of keys.entries()) states.set(key, storedState(stage, key, prefix, values[i]));
      }
    }
    return states;
  }

  /** Whether every stage partition reports complete states. */
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

  /** Deletes all keys of Redis. The account may not use FLUSHALL. */
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

/**
 * Keys whose states differ, or that only one side has although the entity has not expired. Expired states are removed
 * page by page while there is traffic, so a rebuild may still have some.
 */
export function differingKeys(one: StoredStates, other: StoredStates): readonly string[] {
  const expiredBeforeMs = Math.max(newestMs(one), newestMs(other)) - STATE_REACH_MS;
  const hasExpired = (states: StoredStates, key: string): boolean => {
    const lastEventMs = states.get(states.get(key)?.owner ?? key)?.lastEventMs;
    return lastEventMs !== undefined && lastEventMs < expiredBeforeMs;
  };
  const differ = (key: string): boolean => {
    if (!one.has(key)) return !hasExpired(other, key);
    if (!other.has(key)) return !hasExpired(one, key);
    return one.get(key)?.digest !== other.get(key)?.digest;
  };
  return [...new Set([...one.keys(), ...other.keys()])].filter(differ).toSorted();
}

function newestMs(states: StoredStates): number {
  let newest = Number.NEGATIVE_INFINITY;
  for (const { lastEventMs } of states.values()) newest = Math.max(newest, lastEventMs ?? newest);
  return newest;
}

function storedState(stage: StateEntity, key: string, prefix: string, value: Buffer | null | undefined): StoredState {
  const bytes = value ?? Buffer.alloc(0);
  const digest = createHash('sha1').update(bytes).digest('base64');
  const mark = key.indexOf(PART_MARK, prefix.length);
  if (mark >= 0) return { owner: key.slice(0, mark), digest };
  return { owner: key, digest, lastEventMs: lastEventAtMs(stage, bytes) };
}
