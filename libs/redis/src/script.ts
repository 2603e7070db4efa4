import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { asError } from '@fraudflow/core';

/** A Lua script and the digest the server knows it by. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

export function script(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

/** Runs a script by its digest, sending its text only to a server that does not know it yet. @throws what ioredis throws */
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
