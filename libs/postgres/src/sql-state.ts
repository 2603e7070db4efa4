import { AppError } from '@fraudflow/core';

const SQL_STATE = /^[0-9A-Z]{5}$/;
const NODE_CODE = /^E[A-Z]{4}$/;
/** Data exceptions, integrity violations, and values beyond a limit of the server, e.g. of an index row. */
const DATA_CLASSES: ReadonlySet<string> = new Set(['22', '23', '54']);

/** The SQLSTATE of an error of Postgres; undefined for any other error, e.g. a lost connection. */
export function sqlStateOf(thrown: unknown): string | undefined {
  const code = (thrown as { code?: unknown } | null | undefined)?.code;
  // Codes of Node such as EPIPE also have five letters.
  return typeof code === 'string' && SQL_STATE.test(code) && !NODE_CODE.test(code) ? code : undefined;
}

/**
 * True if the values themselves are the cause, so that a retry fails too: refused by Postgres (SQLSTATE classes 22, 23
 * and 54), by the encoder (`RangeError`) or by a check (`invalid_input`). False for faults that are transient or need
 * an operator: connections, locks, disk, permissions, schema. Source: PostgreSQL documentation, Appendix A, "PostgreSQL
 * Error Codes".
 */
export function isDataRefused(thrown: unknown): boolean {
  if (thrown instanceof RangeError) return true;
  if (thrown instanceof AppError) return thrown.kind === 'invalid_input';
  const state = sqlStateOf(thrown);
  return state !== undefined && DATA_CLASSES.has(state.slice(0, 2));
}
