import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { asError, unavailable } from '@fraudflow/core';

/** Structurally the `StageStore` port of libs/messaging, which this layer may not import. */
interface StagePartitionId {
  readonly stage: string;
  readonly partition: number;
}

interface StageClaim {
  readonly epoch: number;
  readonly nextOffset: number | undefined;
  readonly seen: ReadonlyMap<string, number>;
}

interface StageCommit {
  readonly id: StagePartitionId;
  readonly epoch: number;
  readonly expected: number | undefined;
  readonly next: number;
  readonly writes: ReadonlyMap<string, Uint8Array | null>;
  readonly seen: ReadonlyMap<string, number>;
}

type StageCommitResult = 'committed' | 'fenced' | 'gap';

/** Keys per MGET, so that no reply holds up other clients for long. */
const READ_CHUNK = 2_000;
/** Prefix of the hash fields that hold source marks. */
const SEEN = 'seen:';

const CLAIM = script(`
redis.call('HINCRBY', KEYS[1], 'epoch', 1)
return redis.call('HGETALL', KEYS[1])`);

// KEYS: meta, states to set, states to delete. ARGV: epoch, expected, next, states to set, mark fields and values together, those, the states.
// A commit repeated after a lost answer finds its own offset and is done. unpack is bounded by Lua's stack, hence the chunks.
const COMMIT = script(`
local meta = redis.call('HMGET', KEYS[1], 'epoch', 'next')
if meta[1] ~= ARGV[1] then return 'fenced' end
local stored = meta[2] or ''
if stored == ARGV[3] and ARGV[2] ~= ARGV[3] then return 'committed' end
if stored ~= ARGV[2] or tonumber(ARGV[3]) < (tonumber(stored) or 0) then return 'gap' end
local sets, marks = tonumber(ARGV[4]), tonumber(ARGV[5])
local fields = {'next', ARGV[3]}
for i = 1, marks do fields[#fields + 1] = ARGV[5 + i] end
redis.call('HSET', KEYS[1], unpack(fields))
local values = 5 + marks
for from = 1, sets, 1000 do
  local pairs = {}
  for i = from, math.min(from + 999, sets) do
    pairs[#pairs + 1] = KEYS[1 + i]
    pairs[#pairs + 1] = ARGV[values + i]
  end
  redis.call('MSET', unpack(pairs))
end
for i = sets + 2, #KEYS do redis.call('DEL', KEYS[i]) end
return 'committed'`);

/**
 * Keeps stage state in Redis: one string per entity, one hash per partition for epoch, next offset and source marks. All keys of a
 * partition share a hash tag, so a commit is one atomic script on one node. Redis is a derived store: if it comes back empty,
 * the stage finds no epoch of its own, stops writing, and rebuilds from the log.
 */
export class RedisStageStore {
  constructor(
    private readonly redis: Redis,
    private readonly prefix = 'ff',
  ) {}

  /** The Redis key of an entity's packed state, for readers outside the stage. */
  stateKey(id: StagePartitionId, key: string): string {
    return `${this.prefix}:{${id.stage}:${id.partition}}:s:${key}`;
  }

  async claim(id: StagePartitionId): Promise<StageClaim> {
    const flat = (await this.run(CLAIM, [this.metaKey(id)], [])) as string[];
    const seen = new Map<string, number>();
    let epoch = 0;
    let nextOffset: number | undefined;
    for (let i = 0; i + 1 < flat.length; i += 2) {
      const field = flat[i] ?? '';
      const value = Number(flat[i + 1]);
      if (field === 'epoch') epoch = value;
      else if (field === 'next') nextOffset = value;
      else if (field.startsWith(SEEN)) seen.set(field.slice(SEEN.length), value);
    }
    return { epoch, nextOffset, seen };
  }

  async read(id: StagePartitionId, keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    const names = keys.map((key) => this.stateKey(id, key));
    const chunks: Promise<(Buffer | null)[]>[] = [];
    try {
      for (let from = 0; from < names.length; from += READ_CHUNK)
        chunks.push(this.redis.mgetBuffer(names.slice(from, from + READ_CHUNK)));
      return (await Promise.all(chunks)).flat().map((state) => state ?? undefined);
    } catch (thrown) {
      throw asUnavailable(thrown);
    }
  }

  async commit({ id, epoch, expected, next, writes, seen }: StageCommit): Promise<StageCommitResult> {
    const keys = [this.metaKey(id)];
    const deleted: string[] = [];
    const args: (string | Buffer)[] = [
      String(epoch),
      expected === undefined ? '' : String(expected),
      String(next),
      '',
      String(seen.size * 2),
    ];
    for (const [source, mark] of seen) args.push(SEEN + source, String(mark));
    for (const [key, state] of writes) {
      if (state === null) deleted.push(this.stateKey(id, key));
      else {
        keys.push(this.stateKey(id, key));
        args.push(Buffer.from(state.buffer, state.byteOffset, state.byteLength));
      }
    }
    args[3] = String(keys.length - 1);
    return (await this.run(COMMIT, [...keys, ...deleted], args)) as StageCommitResult;
  }

  private metaKey({ stage, partition }: StagePartitionId): string {
    return `${this.prefix}:{${stage}:${partition}}:meta`;
  }

  private async run(
    { sha, lua }: Script,
    keys: readonly string[],
    args: readonly (string | Buffer)[],
  ): Promise<unknown> {
    try {
      return await this.redis.evalsha(sha, keys.length, ...keys, ...args);
    } catch (thrown) {
      if (!asError(thrown).message.startsWith('NOSCRIPT')) throw asUnavailable(thrown);
    }
    try {
      return await this.redis.eval(lua, keys.length, ...keys, ...args);
    } catch (thrown) {
      throw asUnavailable(thrown);
    }
  }
}

interface Script {
  readonly lua: string;
  readonly sha: string;
}

function script(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

function asUnavailable(thrown: unknown): Error {
  return unavailable(`Redis: ${asError(thrown).message}`, { code: 'REDIS_UNAVAILABLE', cause: thrown });
}
