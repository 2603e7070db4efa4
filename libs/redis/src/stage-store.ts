import type { Redis } from 'ioredis';
import type {
  StageClaim,
  StageCommit,
  StageCommitResult,
  StageHold,
  StageKeys,
  StagePartitionId,
  StageRebuild,
  StageStore,
} from '@fraudflow/contracts';
import { asError, unavailable } from '@fraudflow/core';
import type { InstallationKey } from './installation-key.js';
import { runScript, type Script, script } from './script.js';

/** Maximum number of keys per MGET, so that no reply delays other clients for long. */
const READ_CHUNK = 2_000;
const REMOVE_CHUNK = 5_000;
/**
 * Keys examined per call of `scan`, including those of other partitions: a fraction of a millisecond of server time.
 */
const SCAN_PAGE = 1_000;
/** Prefix of the hash fields that hold source marks. */
const SEEN = 'seen:';
/** Hash field with the layout of the states, which is also the value of the completeness mark. */
const LAYOUT = 'layout';

// The first epoch is the server's time, so that epochs also rise after a loss of all data.
const CLAIM = script(`
if redis.call('HEXISTS', KEYS[1], 'epoch') == 1 then redis.call('HINCRBY', KEYS[1], 'epoch', 1)
else redis.call('HSET', KEYS[1], 'epoch', redis.call('TIME')[1]) end
if redis.call('HEXISTS', KEYS[1], 'next') == 1 and redis.call('HEXISTS', KEYS[1], 'rebuild-until') == 0 then redis.call('SET', KEYS[2], redis.call('HGET', KEYS[1], 'layout') or '1') end
return redis.call('HGETALL', KEYS[1])`);

// ARGV: epoch.
const END_REBUILD = script(`
if redis.call('HGET', KEYS[1], 'epoch') == ARGV[1] then
  redis.call('HDEL', KEYS[1], 'rebuild-until', 'rebuild-emit-from')
  redis.call('SET', KEYS[2], redis.call('HGET', KEYS[1], 'layout') or '1')
end`);

// ARGV: epoch, until, emit from.
const BEGIN_REBUILD = script(`
if redis.call('HGET', KEYS[1], 'epoch') == ARGV[1] then
  redis.call('HSET', KEYS[1], 'rebuild-until', ARGV[2], 'rebuild-emit-from', ARGV[3])
  redis.call('DEL', KEYS[2])
end`);

// ARGV: epoch. Deletes offset and marks, and keeps the epoch.
const FORGET = script(`
if redis.call('HGET', KEYS[1], 'epoch') == ARGV[1] then
  redis.call('DEL', KEYS[1], KEYS[2])
  redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'rebuild-until', '-1', 'rebuild-emit-from', '0')
end`);

// KEYS: meta, complete, states to set, states to delete. ARGV: epoch, expected, next, number of states to set, number
// of layout and mark fields and values, these fields and values, the states, whether the rebuild ends. A commit
// repeated after a lost response finds its own offset and returns. States are set in chunks because Lua's stack limits
// `unpack`.
const COMMIT = script(`
local meta = redis.call('HMGET', KEYS[1], 'epoch', 'next')
if not meta[1] then return 'lost' end
if meta[1] ~= ARGV[1] then return 'fenced' end
local stored = meta[2] or ''
if stored == ARGV[3] and ARGV[2] ~= ARGV[3] then return 'committed' end
if stored ~= ARGV[2] or tonumber(ARGV[3]) < (tonumber(stored) or 0) then return 'gap' end
local sets, marks = tonumber(ARGV[4]), tonumber(ARGV[5])
local fields = {'next', ARGV[3]}
for i = 1, marks do fields[#fields + 1] = ARGV[5 + i] end
redis.call('HSET', KEYS[1], unpack(fields))
if ARGV[#ARGV] == '1' then redis.call('HDEL', KEYS[1], 'rebuild-until', 'rebuild-emit-from') end
if ARGV[#ARGV] == '1' or (stored == '' and redis.call('HEXISTS', KEYS[1], 'rebuild-until') == 0) then redis.call('SET', KEYS[2], redis.call('HGET', KEYS[1], 'layout') or '1') end
local values = 5 + marks
for from = 1, sets, 1000 do
  local pairs = {}
  for i = from, math.min(from + 999, sets) do
    pairs[#pairs + 1] = KEYS[2 + i]
    pairs[#pairs + 1] = ARGV[values + i]
  end
  redis.call('MSET', unpack(pairs))
end
for i = sets + 3, #KEYS do redis.call('DEL', KEYS[i]) end
return 'committed'`);

/**
 * Stores stage state in Redis: one string per entity, one hash per partition for epoch, next offset and source marks.
 * All keys of a partition share a hash tag, so a commit is one atomic script on one node. Redis is a derived store: if
 * it restarts empty, the stage no longer finds its epoch, stops writing, and rebuilds from the log. Until then the
 * completeness mark, which readers read with the states, is absent.
 * @throws its methods reject with AppError unavailable `REDIS_UNAVAILABLE` if Redis does not answer
 */
export class RedisStageStore implements StageStore {
  /** @param key restored in Redis whenever a partition is claimed; set it if the states depend on it */
  constructor(
    private readonly redis: Redis,
    private readonly prefix = 'ff',
    private readonly key?: Pick<InstallationKey, 'keep'>,
  ) {}

  /** The Redis key of an entity's packed state, for readers outside the stage. */
  stateKey(id: StagePartitionId, key: string): string {
    return `${this.prefix}:{${id.stage}:${id.partition}}:s:${key}`;
  }

  async claim(id: StagePartitionId): Promise<StageClaim> {
    await this.key?.keep();
    const flat = (await this.run(CLAIM, this.partitionKeys(id), [])) as string[];
    const seen = new Map<string, number>();
    let epoch = 0;
    let nextOffset: number | undefined;
    let layout: string | undefined;
    const rebuild = { until: -1, emitFrom: 0 };
    for (let i = 0; i + 1 < flat.length; i += 2) {
      const field = flat[i] ?? '';
      const value = Number(flat[i + 1]);
      if (field === 'epoch') epoch = value;
      else if (field === 'next') nextOffset = value;
      else if (field === 'rebuild-until') rebuild.until = value;
      else if (field === 'rebuild-emit-from') rebuild.emitFrom = value;
      else if (field === LAYOUT) layout = flat[i + 1];
      else if (field.startsWith(SEEN)) seen.set(field.slice(SEEN.length), value);
    }
    return {
      epoch,
      nextOffset,
      seen,
      ...(rebuild.until < 0 ? {} : { rebuild }),
      ...(layout === undefined ? {} : { layout }),
    };
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

  async commit(commit: StageCommit): Promise<StageCommitResult> {
    const { id, epoch, expected, next, writes, seen, endsRebuild, layout } = commit;
    const keys = this.partitionKeys(id);
    const deleted: string[] = [];
    const args: (string | Buffer)[] = [
      String(epoch),
      expected === undefined ? '' : String(expected),
      String(next),
      '',
      String((seen.size + (layout === undefined ? 0 : 1)) * 2),
    ];
    if (layout !== undefined) args.push(LAYOUT, layout);
    for (const [source, mark] of seen) args.push(SEEN + source, String(mark));
    for (const [key, state] of writes) {
      if (state === null) deleted.push(this.stateKey(id, key));
      else {
        keys.push(this.stateKey(id, key));
        args.push(Buffer.from(state.buffer, state.byteOffset, state.byteLength));
      }
    }
    args[3] = String(keys.length - 2);
    args.push(endsRebuild ? '1' : '0');
    return (await this.run(COMMIT, [...keys, ...deleted], args)) as StageCommitResult;
  }

  async beginRebuild(id: StagePartitionId, epoch: number, { until, emitFrom }: StageRebuild): Promise<void> {
    if ((await this.check(id, epoch)) !== 'ours') return;
    await this.removeStates(id);
    await this.run(BEGIN_REBUILD, this.partitionKeys(id), [String(epoch), String(until), String(emitFrom)]);
  }

  async forget(id: StagePartitionId, epoch: number): Promise<void> {
    await this.run(FORGET, this.partitionKeys(id), [String(epoch)]);
  }

  async check(id: StagePartitionId, epoch: number): Promise<StageHold> {
    try {
      const stored = await this.redis.hget(this.metaKey(id), 'epoch');
      if (stored === null) return 'lost';
      return stored === String(epoch) ? 'ours' : 'fenced';
    } catch (thrown) {
      throw asUnavailable(thrown);
    }
  }

  async endRebuild(id: StagePartitionId, epoch: number): Promise<void> {
    await this.run(END_REBUILD, this.partitionKeys(id), [String(epoch)]);
  }

  /**
   * Some keys of the partition's states, and the cursor of the next call; undefined after the last page. A key may
   * occur twice.
   */
  async scan(id: StagePartitionId, cursor = '0'): Promise<StageKeys> {
    const prefix = this.stateKey(id, '');
    try {
      const [next, names] = await this.redis.scan(cursor, 'MATCH', matching(prefix), 'COUNT', SCAN_PAGE);
      return { keys: names.map((name) => name.slice(prefix.length)), cursor: next === '0' ? undefined : next };
    } catch (thrown) {
      throw asUnavailable(thrown);
    }
  }

  private async removeStates(id: StagePartitionId): Promise<void> {
    const match = matching(this.stateKey(id, ''));
    try {
      for await (const keys of this.redis.scanStream({ match, count: REMOVE_CHUNK }) as AsyncIterable<string[]>) {
        if (keys.length > 0) await this.redis.unlink(keys);
      }
    } catch (thrown) {
      throw asUnavailable(thrown);
    }
  }

  /** The meta key, then the key of the completeness mark. */
  private partitionKeys(id: StagePartitionId): string[] {
    return [this.metaKey(id), this.completeKey(id)];
  }

  /**
   * The key of the completeness mark: it exists while the partition's states are complete, and its value is their
   * layout, or 1. A reader that includes it in the MGET of the states can check whether they are complete, also
   * directly after the store has lost all data.
   */
  private completeKey({ stage, partition }: StagePartitionId): string {
    return `${this.prefix}:{${stage}:${partition}}:complete`;
  }

  private metaKey({ stage, partition }: StagePartitionId): string {
    return `${this.prefix}:{${stage}:${partition}}:meta`;
  }

  private async run(script: Script, keys: readonly string[], args: readonly (string | Buffer)[]): Promise<unknown> {
    try {
      return await runScript(this.redis, script, keys, args);
    } catch (thrown) {
      throw asUnavailable(thrown);
    }
  }
}

/** The glob pattern of keys with this prefix. */
function matching(prefix: string): string {
  return `${prefix.replaceAll(/[*?[\]\\]/g, '\\$&')}*`;
}

function asUnavailable(thrown: unknown): Error {
  return unavailable(`Redis: ${asError(thrown).message}`, { code: 'REDIS_UNAVAILABLE', cause: thrown });
}
