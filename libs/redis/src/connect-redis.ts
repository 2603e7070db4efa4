import { redactUrl, type Secret } from '@fraudflow/config';
import { asError, unavailable } from '@fraudflow/core';
import type { HealthRegistry, Logger } from '@fraudflow/observability';
import { Redis } from 'ioredis';
import { checkEviction } from './eviction.js';

/** Connection settings. */
export interface RedisOptions {
  readonly url: Secret;
  readonly logger: Logger;
  /** Gets a check named `redis`. */
  readonly health?: HealthRegistry;
  /** Longest wait for one command, ms. */
  readonly commandTimeoutMs?: number;
}

/**
 * Creates a connection for optional dependencies: it connects at the first command and reconnects automatically.
 * Commands sent while Redis is unreachable fail after `commandTimeoutMs`; they are not queued without limit.
 */
export function openRedis(options: Omit<RedisOptions, 'health'>): Redis {
  const { logger, url } = options;
  const redis = new Redis(url.reveal(), {
    lazyConnect: true,
    commandTimeout: options.commandTimeoutMs ?? 10_000,
    maxRetriesPerRequest: 3,
    retryStrategy: (attempt) => Math.min(attempt * 50, 1_000),
  });
  // ioredis emits an event for each failed attempt and throws without a listener.
  redis.on('error', (error) => logger.warn({ event: 'redis_connection_error', reason: error.message }));
  redis.on('ready', () => logger.info({ event: 'redis_connected', url: redactUrl(url.reveal()) }));
  return redis;
}

/**
 * Connects and waits until Redis responds. Afterwards the connection behaves as that of `openRedis`.
 * @throws AppError unavailable if Redis does not respond at start, failed_precondition (REDIS_EVICTS) if it may evict
 * keys when its memory is full
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
