import { AppError } from '@fraudflow/core';

/**
 * Classification of a thrown error: `passing` = transient: retry; `poison` = caused by the record (or by a bug that it
 * triggers); `fenced` = the partition belongs to another worker.
 */
export type FailureClass = 'passing' | 'poison' | 'fenced';

const POISON_KINDS: ReadonlySet<string> = new Set(['invalid_input', 'not_found', 'conflict', 'assertion_failed']);
/** Errors of a poison kind that concern the log and not a record: a topic may be created or become available again. */
const PASSING_CODES: ReadonlySet<string> = new Set(['UNKNOWN_TOPIC', 'UNKNOWN_PARTITION']);
const NETWORK_CODES = /^(ECONN|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ENOTFOUND|EMFILE|ENOSPC|NR_CLOSED)/;
const SQLSTATE = /^[0-9A-Z]{5}$/;
/**
 * SQLSTATE classes that concern the statement's values: cardinality, data, integrity, WITH CHECK OPTION, raised by a
 * function.
 */
const POISON_SQLSTATES = /^(21|22|23|44|P0)/;
const PASSING_NAMES = /^(KafkaJS|MaxRetriesPerRequest|AbortError$|TimeoutError$)/;
const PASSING_REDIS_REPLIES =
  /^(LOADING|BUSY|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|READONLY|OOM|NOREPLICAS|UNBLOCKED|MISCONF|MOVED|ASK|NOAUTH|NOPERM|WRONGPASS)\b/;
/** Messages of errors that pg, pg-pool and ioredis throw without a code. */
const PASSING_MESSAGES =
  /^(Connection is closed|Connection terminated|Connection ended|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end|The server does not support SSL)/;

/**
 * Classifies an error by the first error in its chain of causes that has a rule. Driver errors count as passing if they
 * concern the dependency and not the record: an outage, a read-only standby or a missing permission must not move a
 * whole topic to its dead letters.
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
