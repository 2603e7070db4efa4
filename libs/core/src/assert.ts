import { AppError } from './errors.js';

/**
 * Checks an invariant of this code base. Do not use it to validate input.
 * @param message states the invariant that is broken
 * @throws AppError assertion_failed
 */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AppError('assertion_failed', message);
}

/**
 * Marks a branch that the type system proves unreachable.
 * @throws AppError assertion_failed always
 */
export function unreachable(value: never): never {
  throw new AppError('assertion_failed', `unreachable value: ${String(value)}`);
}

/**
 * Returns a value that the surrounding code guarantees to exist, e.g. at a checked index.
 * @param what names the value in the error message
 * @throws AppError assertion_failed if it is undefined or null
 */
export function defined<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new AppError('assertion_failed', `missing: ${what}`);
  return value;
}
