import { redactUrl, type Secret } from '@fraudflow/config';
import { asError, unavailable } from '@fraudflow/core';
import type { HealthRegistry, Logger } from '@fraudflow/observability';
import { Redis } from 'ioredis';
import { checkEviction } from './eviction.js';

export interface RedisOptions {
  readonly url: Secret;
  readonly logger: Logger;
  /** Gets a check named `redis`. */
  readonly health?: HealthRegistry;
  /** Longest wait for one command, ms. */
  readonly commandTimeoutMs?: number;
}

/**
 * A connection that is made at the first command and heals by itself, for what a service can do without. Commands sent while Redis is
 * away fail after `commandTimeoutMs` and are not queued for ever.
 */
export function openRedis(options: Omit<RedisOptions, 'health'>): Redis {
  const { logger, url } = options;
  const redis = new Redis(url.reveal(), {
    lazyConnect: true,
    commandTimeout: options.commandTimeoutMs ?? 10_000,
    maxRetriesPerRequest: 3,
    retryStrategy: (attempt) => Math.min(attempt * 50, 1_000),
  });
  // ioredis reports each failed attempt as an event; without a listener it would throw.
  redis.on('error', (error) => logger.warn({ event: 'redis_connection_error', reason: error.message }));
  redis.on('ready', () => logger.info({ event: 'redis_connected', url: redactUrl(url.reveal()) }));
  return redis;
}

/**
 * Connects and waits until Redis answers. Afterwards it is as `openRedis` says.
 * @throws AppError unavailable if Redis does not answer at start, failed_precondition (REDIS_EVICTS) if it may drop keys when it is full.
 */
export async function connectRedis(options: RedisOptions): Promise<Redis> {
  const { url } = options;
  const redis = openRedis(options);
  try {
    await redis.connect();
  } catch (thrown) {
    redis.disconnect();
    throw unavailable(`Redis at ${redactUrl(url.reveal())} does not answer: ${asError(thrown).message}`, {
      cause: thrown,
    });
  }
  try {
    await checkEviction(redis, options.logger);
  } catch (thrown) {
    redis.disconnect();
    throw thrown;
  }
  options.health?.add('redis', async () => {
    await redis.ping();
    return { ok: true, detail: 'reachable' };
  });
  return redis;
}
