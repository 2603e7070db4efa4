import { asError, unavailable } from '@fraudflow/core';
import type { FeatureViewDefinition } from '@fraudflow/features';
import type { Redis } from 'ioredis';
import { createHash } from 'node:crypto';
import type { PushedRow } from '../pushed-row.js';
import { type KeyReads, readsOf } from '@fraudflow/redis';
import { decodePushedRow, encodePushedRow, PUSHED_ROW_TIME_BYTES, PUSHED_ROW_VERSION } from '../pushed-row-codec.js';
import { PushedRowStore, type WriteOutcome } from '../pushed-row-store.port.js';

/** Rows per script call, so that no call blocks other clients for long. */
const WRITE_CHUNK = 500;

// KEYS: one per row. ARGV: lifetime in ms (0 = no expiry), then the rows. Returns the number of written rows. A row is
// written if there is none, if its event time is later, or if its event time is equal and it was not created earlier (a
// correction). Times are compared as numbers: seconds stay below 2^53, and a comparison of bytes as text would depend
// on the locale.
const WRITE = `
local written = 0
for i = 1, #KEYS do
  local row = ARGV[i + 1]
  local stored = redis.call('GETRANGE', KEYS[i], 0, ${PUSHED_ROW_TIME_BYTES - 1})
  local isNewer = true
  if #stored == ${PUSHED_ROW_TIME_BYTES} and string.byte(stored, 1) == ${PUSHED_ROW_VERSION} then
    local new = { struct.unpack('>i8I4i8I4', row, 2) }
    local old = { struct.unpack('>i8I4i8I4', stored, 2) }
    for part = 1, 4 do
      if new[part] ~= old[part] then
        isNewer = new[part] > old[part]
        break
      end
    end
  end
  if isNewer then
    if ARGV[1] == '0' then redis.call('SET', KEYS[i], row) else redis.call('SET', KEYS[i], row, 'PX', ARGV[1]) end
    written = written + 1
  end
end
return written`;
const WRITE_SHA = createHash('sha1').update(WRITE).digest('hex');

export interface RedisPushedRowOptions {
  /** Time that a row is kept beyond the ttl of its view, ms. */
  readonly expireAfterTtlMs: number;
  /** Connection for reads; by default the client that writes. */
  readonly reads?: KeyReads;
  /** Prefix of all keys; `ff` if absent. */
  readonly prefix?: string;
}

/**
 * Pushed rows in Redis: one string per view and entity. All rows of a view share a hash tag, so that one MGET and one
 * script call reach them on Redis Cluster as well. A row expires only if its view hides values older than its ttl, and
 * not before ttl + `expireAfterTtlMs` after it was written, so that a read never misses a value that it could still
 * show.
 */
export class RedisPushedRowStore extends PushedRowStore {
  private readonly reads: KeyReads;

  /**
   * @param onDamaged called for each row with a wrong checksum; such a row counts as missing until it is pushed again
   */
  constructor(
    private readonly redis: Redis,
    private readonly options: RedisPushedRowOptions,
    private readonly onDamaged: (view: string, entityKey: string) => void,
  ) {
    super();
    this.reads = options.reads ?? readsOf(redis);
  }

  async write(view: FeatureViewDefinition, rows: readonly PushedRow[]): Promise<WriteOutcome> {
    const lifetimeMs = view.ttlMs > 0 && view.ttlPolicy === 'null' ? view.ttlMs + this.options.expireAfterTtlMs : 0;
    let written = 0;
    for (let from = 0; from < rows.length; from += WRITE_CHUNK) {
      const chunk = rows.slice(from, from + WRITE_CHUNK);
      const keys = chunk.map(({ entityKey }) => this.key(view, entityKey));
      const bytes = chunk.map((row) => encodePushedRow(view, row));
      written += await this.run(keys, [String(lifetimeMs), ...bytes]);
    }
    return { written, notNewer: rows.length - written };
  }

  async read(view: FeatureViewDefinition, entityKeys: readonly string[]): Promise<readonly (PushedRow | undefined)[]> {
    const keys = entityKeys.map((entityKey) => this.key(view, entityKey));
    return this.reads.read(keys, (stored) =>
      entityKeys.map((entityKey, i) => {
        const bytes = stored[i];
        if (!bytes) return undefined;
        const row = decodePushedRow(view, entityKey, bytes);
        if (row === undefined) this.onDamaged(view.name, entityKey);
        return row;
      }),
    );
  }

  private key(view: FeatureViewDefinition, entityKey: string): string {
    return `${this.options.prefix ?? 'ff'}:{pushed:${view.name}}:r:${entityKey}`;
  }

  private async run(keys: readonly string[], args: readonly (string | Buffer)[]): Promise<number> {
    try {
      return Number(await this.redis.evalsha(WRITE_SHA, keys.length, ...keys, ...args));
    } catch (thrown) {
      if (!asError(thrown).message.startsWith('NOSCRIPT')) throw asUnavailable(thrown);
    }
    try {
      return Number(await this.redis.eval(WRITE, keys.length, ...keys, ...args));
    } catch (thrown) {
      throw asUnavailable(thrown);
    }
  }
}

function asUnavailable(thrown: unknown): Error {
  const message = `the online store does not answer: ${asError(thrown).message}`;
  return unavailable(message, { code: 'REDIS_UNAVAILABLE', cause: thrown });
}
