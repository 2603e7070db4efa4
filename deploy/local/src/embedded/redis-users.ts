import { createHash } from 'node:crypto';
import { failedPrecondition } from '@fraudflow/core';

/** The account that services use. */
export const REDIS_USER = 'fraudflow';

/**
 * The commands that FraudFlow uses: reads and writes of keys, Lua scripts, transactions of a connection, SCAN, and INFO
 * for the memory policy. No CONFIG, MODULE, DEBUG, KEYS, FLUSHALL, ACL, SAVE or replication.
 *
 * Of SCRIPT, only LOAD and EXISTS are allowed. The rule names those instead of denying FLUSH and KILL, because Redis
 * before 7 cannot deny a subcommand and refuses to start with such a rule.
 */
const RIGHTS =
  '~* &* -@all +@read +@write +@connection +@scripting +@transaction +scan +time -@admin -@dangerous +info -script +script|load +script|exists';

/**
 * An access-control file. The default account is off. The account of the services has a password, stored as its
 * SHA-256, and limited rights.
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
