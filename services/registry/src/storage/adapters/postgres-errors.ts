import { AppError, asError, conflict, invalidInput, unavailable } from '@fraudflow/core';

const UNIQUE_VIOLATION = '23505';

/** Turns a duplicate key into `conflict` with this message and passes everything else on. */
export function refuseDuplicate(message: string): (thrown: unknown) => never {
  return (thrown) => {
    if (sqlStateOf(thrown) === UNIQUE_VIOLATION) throw conflict(message, { cause: thrown });
    throw thrown;
  };
}

/** What a failed statement means to the caller: data Postgres cannot hold is his, a lost server is nobody's. */
export function fromPostgres(thrown: unknown): Error {
  if (thrown instanceof AppError) return thrown;
  const state = sqlStateOf(thrown);
  if (state?.startsWith('22'))
    return invalidInput(`A value cannot be stored: ${asError(thrown).message}`, { cause: thrown });
  const isAway = state === undefined ? isConnectionError(thrown) : /^(?:08|53|57)/.test(state);
  if (isAway) return unavailable('The registry cannot reach its database', { cause: thrown });
  return asError(thrown);
}

function sqlStateOf(thrown: unknown): string | undefined {
  const code = codeOf(thrown);
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

function isConnectionError(thrown: unknown): boolean {
  const error = asError(thrown);
  return /^E[A-Z]+$/.test(codeOf(thrown) ?? '') || /connection|timeout exceeded|not connected/i.test(error.message);
}

function codeOf(thrown: unknown): string | undefined {
  const error = asError(thrown);
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
