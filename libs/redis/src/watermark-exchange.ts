import type { Redis } from 'ioredis';
import type { PartitionWatermark, PeerWatermark, WatermarkExchange } from '@fraudflow/contracts';
import { asError, unavailable } from '@fraudflow/core';
import { runScript, script } from './script.js';

// ARGV, repeated: partition, state, event time, time since the last progress. Entries are stamped with the server's
// clock, which all workers share.
// A value is "state event-time stamp still-time"; workers of earlier versions write it without the last field.
const SYNC = script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 1, #ARGV, 4 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1] .. ' ' .. ARGV[i + 2] .. ' ' .. string.format('%.0f', now) .. ' ' .. ARGV[i + 3])
end
if #ARGV > 0 then redis.call('PEXPIRE', KEYS[1], 3600000) end
return { string.format('%.0f', now), redis.call('HGETALL', KEYS[1]) }`);

/**
 * Exchange for watermark alignment: the workers of a stage publish the event-time positions of their partitions in one
 * hash, which expires one hour after the last write.
 */
export class RedisWatermarkExchange implements WatermarkExchange {
  private readonly key: string;

  constructor(
    private readonly redis: Redis,
    name: string,
    prefix = 'ff',
  ) {
    this.key = `${prefix}:{heads:${name}}`;
  }

  /** Writes our positions and returns all, in one round trip. @throws AppError unavailable */
  async sync(own: ReadonlyMap<string, PartitionWatermark>): Promise<ReadonlyMap<string, PeerWatermark>> {
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
    const heads = new Map<string, PeerWatermark>();
    for (let i = 0; i + 1 < flat.length; i += 2) {
      const [state, atMs, publishedAtMs, stillMs = '0'] = flat[i + 1]?.split(' ') ?? [];
      heads.set(flat[i] ?? '', {
        isLagging: state === 'lags',
        atMs: Number(atMs),
        ageMs: Number(now) - Number(publishedAtMs),
        stillMs: Number(stillMs),
      });
    }
    return heads;
  }
}
