import { AppError } from '@fraudflow/core';

/**
 * What to do about a thrown error: `passing` = try the same again, `poison` = the record's fault (or a bug it wakes), `fenced` = the
 * partition belongs to someone else.
 */
export type FailureClass = 'passing' | 'poison' | 'fenced';

const POISON_KINDS: ReadonlySet<string> = new Set(['invalid_input', 'not_found', 'conflict', 'assertion_failed']);
const NETWORK_CODES = /^(ECONN|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ENOTFOUND|EMFILE|ENOSPC|NR_CLOSED)/;
/** SQLSTATE classes: connection, serialisation and deadlock, resources, operator intervention, system error. */
const PASSING_SQLSTATES = /^(08|40|53|57|58|55P03)/;
const PASSING_NAMES = /^(KafkaJS|MaxRetriesPerRequest|AbortError$|TimeoutError$)/;
const PASSING_REDIS_REPLIES = /^(LOADING|BUSY|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|READONLY|OOM|NOREPLICAS|UNBLOCKED)/;

/** Drivers' own errors count as passing where they tell of the dependency and not of the record: an outage must not empty a topic into its dead letters. */
export function classify(thrown: unknown): FailureClass {
  let current: unknown = thrown;
  for (let depth = 0; depth < 6 && current instanceof Error; depth++) {
    if (current instanceof AppError) {
      if (current.code === 'FENCED') return 'fenced';
      if (!POISON_KINDS.has(current.kind)) return 'passing';
    } else if (isDependencyError(current)) return 'passing';
    current = current.cause;
  }
  return 'poison';
}

function isDependencyError(error: Error): boolean {
  const { code: given } = error as { code?: unknown };
  const code = typeof given === 'string' ? given : '';
  if (NETWORK_CODES.test(code) || PASSING_NAMES.test(error.name)) return true;
  if (code.length === 5 && PASSING_SQLSTATES.test(code)) return true;
  return PASSING_REDIS_REPLIES.test(error.message) || error.message.startsWith('Connection is closed');
}
