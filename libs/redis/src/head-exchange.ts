import type { Redis } from 'ioredis';
import { asError, unavailable } from '@fraudflow/core';
import { runScript, script } from './script.js';

/** Structurally the `HeadExchange` port of libs/messaging, which this layer may not import. */
interface PartitionHead {
  readonly isLagging: boolean;
  readonly atMs: number;
  readonly stillMs?: number;
}

interface PeerHead extends PartitionHead {
  readonly ageMs: number;
}

// ARGV: partition, state, event time, time since it moved, and so on. Stamped with the server's clock, the only one all workers share.
// A value is "state event-time stamp still-time"; workers of earlier versions write it without the last.
const SYNC = script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 1, #ARGV, 4 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1] .. ' ' .. ARGV[i + 2] .. ' ' .. string.format('%.0f', now) .. ' ' .. ARGV[i + 3])
end
if #ARGV > 0 then redis.call('PEXPIRE', KEYS[1], 3600000) end
return { string.format('%.0f', now), redis.call('HGETALL', KEYS[1]) }`);

/** Workers tell each other through one hash how far their partitions have come in event time. */
export class RedisHeadExchange {
  private readonly key: string;

  constructor(
    private readonly redis: Redis,
    name: string,
    prefix = 'ff',
  ) {
    this.key = `${prefix}:{heads:${name}}`;
  }

  /** Writes ours and returns all, in one round trip. @throws AppError unavailable */
  async sync(own: ReadonlyMap<string, PartitionHead>): Promise<ReadonlyMap<string, PeerHead>> {
    const args = [...own].flatMap(([partition, { isLagging, atMs, stillMs = 0 }]) => [
      partition,
      isLagging ? 'lags' : 'ends',
      String(atMs),
      String(Math.round(stillMs)),
    ]);
    let answer: [string, string[]];
    try {
      answer = (await runScript(this.redis, SYNC, [this.key], args)) as [string, string[]];
    } catch (thrown) {
      throw unavailable(`Redis: ${asError(thrown).message}`, { code: 'REDIS_UNAVAILABLE', cause: thrown });
    }
    const [now, flat] = answer;
    const heads = new Map<string, PeerHead>();
    for (let i = 0; i + 1 < flat.length; i += 2) {
      const [state, atMs, saidAtMs, stillMs = '0'] = flat[i + 1]?.split(' ') ?? [];
      heads.set(flat[i] ?? '', {
        isLagging: state === 'lags',
        atMs: Number(atMs),
        ageMs: Number(now) - Number(saidAtMs),
        stillMs: Number(stillMs),
      });
    }
    return heads;
  }
}
