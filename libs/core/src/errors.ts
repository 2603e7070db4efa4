import type { ErrorCode } from './error-codes.js';
import { ERROR_KINDS, type ErrorKind } from './error-kinds.js';

/** Optional parts of an AppError. */
export interface ErrorOptions {
  /** Machine-readable code, more precise than the kind, e.g. `AMOUNT_TOO_LARGE`. By default the kind in upper case. */
  readonly code?: ErrorCode;
  /** The offending field, as the caller spells it. */
  readonly field?: string;
  /** Facts for the code that catches the error. They are not sent to callers. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** The error that caused this one. */
  readonly cause?: unknown;
}

/**
 * Base class of all expected errors. Transports map `kind` to a gRPC status, an HTTP status, a retry or a dead letter.
 */
export class AppError extends Error {
  /** Machine-readable code; docs/errors.md states what the operator does. */
  readonly code: ErrorCode;
  /** The offending field, as the caller spells it. */
  readonly field: string | undefined;
  /** Facts for the code that catches the error; empty by default. */
  readonly details: Readonly<Record<string, unknown>>;

  /**
   * @param kind decides the status and whether a retry may succeed
   * @param message names the field and the next step, for a person
   */
  constructor(
    readonly kind: ErrorKind,
    message: string,
    options: ErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = options.code ?? (kind.toUpperCase() as Uppercase<ErrorKind>);
    this.field = options.field;
    this.details = options.details ?? {};
  }

  /** Whether the same call may succeed when it is repeated unchanged. */
  get retryable(): boolean {
    return ERROR_KINDS[this.kind].retryable;
  }
}

/** The input violates a rule; `field` names the offending field. */
export const invalidInput = (message: string, options?: ErrorOptions): AppError =>
  new AppError('invalid_input', message, options);
/** The requested object does not exist. */
export const notFound = (message: string, options?: ErrorOptions): AppError =>
  new AppError('not_found', message, options);
/** The object exists already, or it was changed concurrently. */
export const conflict = (message: string, options?: ErrorOptions): AppError =>
  new AppError('conflict', message, options);
/** The system is not in the state that the call needs. */
export const failedPrecondition = (message: string, options?: ErrorOptions): AppError =>
  new AppError('failed_precondition', message, options);
/** A dependency cannot be reached; retryable. */
export const unavailable = (message: string, options?: ErrorOptions): AppError =>
  new AppError('unavailable', message, options);
/** The deadline passed; retryable. */
export const timedOut = (message: string, options?: ErrorOptions): AppError =>
  new AppError('timeout', message, options);
/** A queue or limit is full; retryable. */
export const resourceExhausted = (message: string, options?: ErrorOptions): AppError =>
  new AppError('resource_exhausted', message, options);

/**
 * Converts anything thrown to an Error, so that `cause` chains stay readable.
 * @returns the value itself if it is an Error
 */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** True for an AppError of a retryable kind. Unknown errors count as bugs and are not retried. */
export function isRetryable(thrown: unknown): boolean {
  return thrown instanceof AppError && thrown.retryable;
}
