import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { asError, failedPrecondition, unavailable } from '@fraudflow/core';

const KEY_BYTES = 16;
const NAME = 'installation:transaction-id-key';

/**
 * The key for transaction ids of an installation, stored in the Redis that all its services share. The first caller
 * creates it. It is shared by workers on all machines, and each process that has it restores it if Redis loses its
 * data.
 */
export class InstallationKey {
  private constructor(
    private readonly redis: Redis,
    private readonly name: string,
    readonly bytes: Uint8Array,
  ) {}

  /**
   * Reads the key, or creates it.
   * @throws AppError unavailable `REDIS_UNAVAILABLE`, failed_precondition `INSTALLATION_KEY_INVALID`
   */
  static async open(redis: Redis, prefix = 'ff'): Promise<InstallationKey> {
    const name = `${prefix}:${NAME}`;
    const text = await keptText(redis, name, randomBytes(KEY_BYTES).toString('base64'));
    const bytes = Buffer.from(text, 'base64');
    if (bytes.length >= KEY_BYTES) return new InstallationKey(redis, name, bytes);
    throw failedPrecondition(
      `Redis key ${name} holds ${bytes.length} bytes in base64 where ${KEY_BYTES} are needed; delete it: feature states are then rebuilt with a new key`,
      { code: 'INSTALLATION_KEY_INVALID' },
    );
  }

  /**
   * Restores the key if Redis has lost it. Call it before states are written with the key.
   * @throws AppError failed_precondition `INSTALLATION_KEY_DIFFERS` if another process has created a new key since;
   * only a restart adopts it
   */
  async keep(): Promise<void> {
    const own = Buffer.from(this.bytes).toString('base64');
    if ((await keptText(this.redis, this.name, own)) === own) return;
    throw failedPrecondition(
      `Redis key ${this.name} differs from the one this process started with: Redis has lost its data and another process created a new key. Restart this process`,
      { code: 'INSTALLATION_KEY_DIFFERS' },
    );
  }
}

/** Sets a key to `text` if it has no value, and returns its value. */
async function keptText(redis: Redis, name: string, text: string): Promise<string> {
  try {
    await redis.set(name, text, 'NX');
    return (await redis.get(name)) ?? text;
  } catch (thrown) {
    throw unavailable(`Redis: ${asError(thrown).message}`, { code: 'REDIS_UNAVAILABLE', cause: thrown });
  }
}
