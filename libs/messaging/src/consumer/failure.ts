import { AppError } from '@fraudflow/core';

/**
 * What to do about a thrown error: `passing` = try the same again, `poison` = the record's fault (or a bug it wakes), `fenced` = the
 * partition belongs to someone else.
 */
export type FailureClass = 'passing' | 'poison' | 'fenced';

const POISON_KINDS: ReadonlySet<string> = new Set(['invalid_input', 'not_found', 'conflict', 'assertion_failed']);
/** Of a poison kind, but they tell of the log and not of a record: a topic may be created or come back. */
const PASSING_CODES: ReadonlySet<string> = new Set(['UNKNOWN_TOPIC', 'UNKNOWN_PARTITION']);
const NETWORK_CODES = /^(ECONN|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ENOTFOUND|EMFILE|ENOSPC|NR_CLOSED)/;
const SQLSTATE = /^[0-9A-Z]{5}$/;
/** SQLSTATE classes that tell of the statement's values: cardinality, data, integrity, WITH CHECK OPTION, raised by a function. */
const POISON_SQLSTATES = /^(21|22|23|44|P0)/;
const PASSING_NAMES = /^(KafkaJS|MaxRetriesPerRequest|AbortError$|TimeoutError$)/;
const PASSING_REDIS_REPLIES =
  /^(LOADING|BUSY|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|READONLY|OOM|NOREPLICAS|UNBLOCKED|MISCONF|MOVED|ASK|NOAUTH|NOPERM|WRONGPASS)\b/;
/** What pg and pg-pool throw without a code, and ioredis. */
const PASSING_MESSAGES =
  /^(Connection is closed|Connection terminated|Connection ended|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end|The server does not support SSL)/;

/**
 * Drivers' own errors count as passing where they tell of the dependency and not of the record: an outage, a read-only standby or a missing
 * right must not empty a topic into its dead letters. The table is in the README of this package.
 */
export function classify(thrown: unknown): FailureClass {
  let current: unknown = thrown;
  for (let depth = 0; depth < 6 && current instanceof Error; depth++) {
    if (current instanceof AppError) {
      if (current.code === 'FENCED') return 'fenced';
      if (PASSING_CODES.has(current.code) || !POISON_KINDS.has(current.kind)) return 'passing';
    } else if (isDependencyError(current)) return 'passing';
    current = current.cause;
  }
  return 'poison';
}

function isDependencyError(error: Error): boolean {
  const { code: given } = error as { code?: unknown };
  const code = typeof given === 'string' ? given : '';
  if (NETWORK_CODES.test(code) || PASSING_NAMES.test(error.name)) return true;
  if (SQLSTATE.test(code) && /\d/.test(code)) return !POISON_SQLSTATES.test(code);
  return PASSING_REDIS_REPLIES.test(error.message) || PASSING_MESSAGES.test(error.message);
}
