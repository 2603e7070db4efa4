import { AppError } from './errors.js';

/** Throws `assertion_failed` when an invariant of our own code is broken; never for bad input. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AppError('assertion_failed', message);
}

/** Marks a branch the type system proves impossible. */
export function unreachable(value: never): never {
  throw new AppError('assertion_failed', `unreachable value: ${String(value)}`);
}

/** Returns the value, or throws `assertion_failed` if it is absent. For indexes proven by the code around them. */
export function defined<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new AppError('assertion_failed', `missing: ${what}`);
  return value;
}
