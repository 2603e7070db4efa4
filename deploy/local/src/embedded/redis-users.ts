import { createHash } from 'node:crypto';
import { failedPrecondition } from '@fraudflow/core';

/** The account that services use. */
export const REDIS_USER = 'fraudflow';

/**
 * What FraudFlow does with Redis and nothing else: plain reads and writes of keys, Lua scripts, transactions of a
 * connection, a bounded walk over keys, and INFO, which holds the memory policy. No CONFIG, MODULE, DEBUG, KEYS,
 * FLUSHALL, ACL, SAVE or replication.
 */
const RIGHTS =
  '~* &* -@all +@read +@write +@connection +@scripting +@transaction +scan +time -@admin -@dangerous +info -script|flush -script|kill';

/**
 * An access-control file: the default account is off, ours has a password (stored as its SHA-256) and limited rights.
 */
export function aclFile(password: string, further: readonly string[] = []): string {
  const digest = createHash('sha256').update(password).digest('hex');
  for (const line of further) {
    if (!line.startsWith('user ') || /[\r\n]/.test(line)) {
      throw failedPrecondition('a further Redis account must be one line that begins with "user "', {
        code: 'REDIS_ACCOUNT_INVALID',
      });
    }
  }
  return ['user default off', `user ${REDIS_USER} on #${digest} ${RIGHTS}`, ...further, ''].join('\n');
}
