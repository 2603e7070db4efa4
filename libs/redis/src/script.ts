import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { asError } from '@fraudflow/core';

/** A Lua script and its SHA-1 digest, by which the server caches it. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

/** Creates a script from its text. */
export function script(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

/** Runs a script by its digest; sends its text only if the server has not cached it. @throws ioredis errors */
export async function runScript(
  redis: Redis,
  { sha, lua }: Script,
  keys: readonly string[],
  args: readonly (string | Buffer)[],
): Promise<unknown> {
  try {
    return await redis.evalsha(sha, keys.length, ...keys, ...args);
  } catch (thrown) {
    if (!asError(thrown).message.startsWith('NOSCRIPT')) throw thrown;
  }
  return redis.eval(lua, keys.length, ...keys, ...args);
}
