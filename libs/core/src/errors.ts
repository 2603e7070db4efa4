/**
 * The closed set of error kinds. A call that failed with a `retryable` kind may succeed when it is repeated unchanged.
 * `operator` is the recommended next step.
 */
export const ERROR_KINDS = {
  invalid_input: {
    retryable: false,
    operator: 'The caller sent something wrong: read the field named in the message.',
  },
  not_found: { retryable: false, operator: 'The thing asked for does not exist: check the name or id.' },
  conflict: { retryable: false, operator: 'The thing exists already or was changed meanwhile: read it again.' },
  failed_precondition: { retryable: false, operator: 'The system is not in the state this call needs.' },
  permission_denied: { retryable: false, operator: 'The caller lacks the role this call needs.' },
  unavailable: { retryable: true, operator: 'A dependency cannot be reached: see /ready of the service.' },
  timeout: { retryable: true, operator: 'The deadline passed: check the load and the latency of dependencies.' },
  resource_exhausted: { retryable: true, operator: 'A queue or limit is full: slow down or scale out.' },
  assertion_failed: { retryable: false, operator: 'A bug: report it with the log line.' },
} as const;

/** Name of an error kind. */
export type ErrorKind = keyof typeof ERROR_KINDS;

/** Optional parts of an AppError. */
export interface ErrorOptions {
  /** Machine-readable code, UPPER_SNAKE, more precise than the kind, e.g. `AMOUNT_NOT_POSITIVE`. */
  readonly code?: string;
  /** The offending field, as the caller spells it. */
  readonly field?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * Base class of all expected errors. Transports map `kind` to a gRPC status, an HTTP status, a retry or a dead letter.
 */
export class AppError extends Error {
  readonly code: string;
  readonly field: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    readonly kind: ErrorKind,
    message: string,
    options: ErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = options.code ?? kind.toUpperCase();
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

/** Wraps anything thrown into an Error, so that `cause` chains stay readable. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** True for an AppError of a retryable kind. Unknown errors count as bugs and are not retried. */
export function isRetryable(thrown: unknown): boolean {
  return thrown instanceof AppError && thrown.retryable;
}
