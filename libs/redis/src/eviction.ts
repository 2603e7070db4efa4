import { asError, failedPrecondition } from '@fraudflow/core';
import type { Logger } from '@fraudflow/observability';

/** What is asked of a connection here. */
export interface InfoReader {
  info(section: string): Promise<string>;
}

const KEEPS_ALL = 'noeviction';

/**
 * Refuses a server that may drop keys: an evicted entity would look as if it had never been seen, and nothing could tell that features
 * computed from it are wrong. Without a memory limit nothing is dropped, whatever the policy: then only a warning.
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
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? KEEPS_ALL;
  const maxBytes = Number(/^maxmemory:(\d+)/m.exec(info)?.[1] ?? 0);
  if (policy === KEEPS_ALL) return;
  const text =
    `Redis has maxmemory-policy ${policy}: when it is full it drops keys, and features would silently be wrong. ` +
    'Set maxmemory-policy to noeviction: writes are then refused and tried again until there is room';
  if (maxBytes > 0) throw failedPrecondition(text, { code: 'REDIS_EVICTS', field: 'maxmemory-policy' });
  logger.warn({ event: 'redis_may_evict', policy }, `${text}. It has no maxmemory now, so nothing is dropped yet`);
}
