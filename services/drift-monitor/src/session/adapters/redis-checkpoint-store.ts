import { asError, unavailable } from '@fraudflow/core';
import { CheckpointStore } from '../checkpoint-store.port.js';

/** The methods of ioredis that the store uses. */
export interface ScriptableRedis {
  eval(script: string, keys: number, ...args: (string | Buffer)[]): Promise<unknown>;
  getBuffer(key: string): Promise<Buffer | null>;
}

// KEYS: epoch, lease, checkpoint.
const ACQUIRE = `
local holder = redis.call('GET', KEYS[2])
if holder and holder ~= ARGV[1] then return false end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
local time = redis.call('TIME')
local clock = time[1] * 1000000 + time[2]
local epoch = math.max((tonumber(redis.call('GET', KEYS[1])) or 0) + 1, clock)
redis.call('SET', KEYS[1], string.format('%.0f', epoch))
return epoch`;

const RENEW = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return 1`;

const RELEASE = `
if redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('GET', KEYS[2]) == ARGV[2] then redis.call('DEL', KEYS[2]) end
return 1`;

const SAVE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[3], ARGV[2])
return 1`;

/**
 * Checkpoint store in three Redis keys with one hash tag. Each step is one atomic script.
 * A new epoch is the last epoch plus one, but at least the server's clock in µs. So epochs after a loss of the data are
 * above all earlier epochs, unless the clock of the new server is behind, and earlier instances remain fenced. After
 * such a loss the monitor reads the log again.
 */
export class RedisCheckpointStore extends CheckpointStore {
  readonly #keys: readonly string[];

  /** @param prefix prefix of the three keys; contains the hash tag */
  constructor(
    private readonly redis: ScriptableRedis,
    prefix: string,
  ) {
    super();
    this.#keys = ['epoch', 'lease', 'checkpoint'].map((name) => `${prefix}:${name}`);
  }

  async acquire(holder: string, leaseMs: number): Promise<number | undefined> {
    const epoch = await this.#run(ACQUIRE, holder, String(leaseMs));
    return typeof epoch === 'number' ? epoch : undefined;
  }

  async renew(epoch: number, holder: string, leaseMs: number): Promise<boolean> {
    return (await this.#run(RENEW, String(epoch), holder, String(leaseMs))) === 1;
  }

  async release(epoch: number, holder: string): Promise<void> {
    await this.#run(RELEASE, String(epoch), holder);
  }

  async load(): Promise<Uint8Array | undefined> {
    try {
      return (await this.redis.getBuffer(this.#keys[2] ?? '')) ?? undefined;
    } catch (thrown) {
      throw asUnavailable(thrown);
    }
  }

  async save(epoch: number, blob: Uint8Array): Promise<boolean> {
    const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
    return (await this.#run(SAVE, String(epoch), bytes)) === 1;
  }

  async #run(script: string, ...args: (string | Buffer)[]): Promise<unknown> {
    try {
      return await this.redis.eval(script, this.#keys.length, ...this.#keys, ...args);
    } catch (thrown) {
      throw asUnavailable(thrown);
    }
  }
}

function asUnavailable(thrown: unknown): Error {
  return unavailable(`access to the drift monitor's checkpoint in Redis failed: ${asError(thrown).message}`, {
    cause: thrown,
  });
}
