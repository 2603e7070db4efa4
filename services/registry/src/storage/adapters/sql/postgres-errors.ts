import { AppError, asError, conflict, failedPrecondition, invalidInput, notFound, unavailable } from '@fraudflow/core';

const UNIQUE_VIOLATION = '23505';

/** Maps a duplicate key to `conflict` with this message and rethrows all other errors. */
export function refuseDuplicate(message: string): (thrown: unknown) => never {
  return (thrown) => {
    if (sqlStateOf(thrown) === UNIQUE_VIOLATION) throw conflict(message, { cause: thrown });
    throw thrown;
  };
}

/** True after a deadlock or serialisation failure: a repeat of the transaction can succeed. */
export function isUndoneForAnother(thrown: unknown): boolean {
  const state = sqlStateOf(thrown);
  return state === '40P01' || state === '40001';
}

/**
 * Maps a failed statement to an error of the caller's request, or to an error of the server. An error of the request
 * must not become 5xx, because clients would repeat it for minutes.
 */
export function fromPostgres(thrown: unknown): Error {
  if (thrown instanceof AppError) return thrown;
  const state = sqlStateOf(thrown);
  const options = { cause: thrown };
  if (state === undefined) return isConnectionError(thrown) ? databaseAway(thrown) : asError(thrown);
  const meaning = BY_STATE[state]?.(options);
  if (meaning) return meaning;
  if (state.startsWith('22')) return invalidInput(`A value cannot be stored: ${asError(thrown).message}`, options);
  if (isUndoneForAnother(thrown))
    return unavailable('The request conflicts with concurrent changes: try again', options);
  // 08P01 is a protocol violation of this process and not a lost connection.
  return /^(?:08(?!P01)|53|57)/.test(state) ? databaseAway(thrown) : asError(thrown);
}

type Options = { readonly cause: unknown };

const BY_STATE: Readonly<Record<string, (options: Options) => AppError>> = {
  // Foreign key: the parent of the row was deleted concurrently.
  '23503': (options) => notFound('The parent of the changed object was deleted concurrently', options),
  // Row or index row too long, too many arguments.
  '54000': (options) => invalidInput('A value is too long to be stored: shorten names, keys and paths', options),
  '53100': (options) =>
    new AppError('resource_exhausted', "The database's disk is full: free or add disk space", {
      ...options,
      code: 'STORAGE_FULL',
    }),
  // The statement timeout. A repeat of the same search would take the same time.
  '57014': (options) =>
    failedPrecondition('The request took too long in the database: narrow the search, or try again later', options),
};

function databaseAway(thrown: unknown): AppError {
  return unavailable('The registry cannot reach its database', { cause: thrown });
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
