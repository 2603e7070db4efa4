import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { asError, failedPrecondition, unavailable } from '@fraudflow/core';

const KEY_BYTES = 16;
const NAME = 'installation:transaction-id-key';

/**
 * The key of an installation's transaction ids, kept in the Redis that all its services share: the first that asks makes it. It is no
 * state of one process, so a worker on another machine has the same one; whoever holds it puts it back should Redis lose its data.
 */
export class InstallationKey {
  private constructor(
    private readonly redis: Redis,
    private readonly name: string,
    readonly bytes: Uint8Array,
  ) {}

  /** Reads the key, or makes it. @throws AppError unavailable `REDIS_UNAVAILABLE`, failed_precondition `INSTALLATION_KEY_INVALID` */
  static async open(redis: Redis, prefix = 'ff'): Promise<InstallationKey> {
    const name = `${prefix}:${NAME}`;
    const text = await keptText(redis, name, randomBytes(KEY_BYTES).toString('base64'));
    const bytes = Buffer.from(text, 'base64');
    if (bytes.length >= KEY_BYTES) return new InstallationKey(redis, name, bytes);
    throw failedPrecondition(
      `Redis key ${name} holds ${bytes.length} bytes in base64 where ${KEY_BYTES} are needed; delete it, and feature states are rebuilt under a new one`,
      { code: 'INSTALLATION_KEY_INVALID' },
    );
  }

  /**
   * Puts the key back if Redis has lost it. To be called before states are written with it.
   * @throws AppError failed_precondition `INSTALLATION_KEY_DIFFERS` if another process has made a new one meanwhile: only a restart takes it over
   */
  async keep(): Promise<void> {
    const own = Buffer.from(this.bytes).toString('base64');
    if ((await keptText(this.redis, this.name, own)) === own) return;
    throw failedPrecondition(
      `Redis key ${this.name} is not the one this process began with: Redis has lost its data and another process made a new one. Restart this one`,
      { code: 'INSTALLATION_KEY_DIFFERS' },
    );
  }
}

/** The value of a key, `text` if it had none. */
async function keptText(redis: Redis, name: string, text: string): Promise<string> {
  try {
    await redis.set(name, text, 'NX');
    return (await redis.get(name)) ?? text;
  } catch (thrown) {
    throw unavailable(`Redis: ${asError(thrown).message}`, { code: 'REDIS_UNAVAILABLE', cause: thrown });
  }
}
