import { asError, failedPrecondition } from '@fraudflow/core';
import type { Logger } from '@fraudflow/observability';

/** The part of a Redis client that the check uses. */
export interface InfoReader {
  info(section: string): Promise<string>;
}

const NO_EVICTION = 'noeviction';

/**
 * Rejects a server that may evict keys: an evicted entity would look like a new one, and features computed from it
 * would be wrong without an error. Without a memory limit no key is evicted under any policy, so that case is only
 * logged as a warning.
 * @throws AppError failed_precondition (REDIS_EVICTS), naming the setting
 */
export async function checkEviction(redis: InfoReader, logger: Logger): Promise<void> {
  let info;
  try {
    info = await redis.info('memory');
  } catch (thrown) {
    const text = 'the eviction policy of Redis cannot be read: make sure that maxmemory-policy is noeviction';
    return logger.warn({ event: 'redis_policy_unknown', error: asError(thrown).message }, text);
  }
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? NO_EVICTION;
  const maxBytes = Number(/^maxmemory:(\d+)/m.exec(info)?.[1] ?? 0);
  if (policy === NO_EVICTION) return;
  const text =
    `Redis has maxmemory-policy ${policy}: it evicts keys when its memory is full, and features would be wrong without an error. ` +
    'Set maxmemory-policy to noeviction: writes then fail and are retried until there is free memory';
  if (maxBytes > 0) throw failedPrecondition(text, { code: 'REDIS_EVICTS', field: 'maxmemory-policy' });
  logger.warn({ event: 'redis_may_evict', policy }, `${text}. maxmemory is not set, so no key is evicted yet`);
}
