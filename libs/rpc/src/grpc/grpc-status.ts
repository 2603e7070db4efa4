import { AppError, asError, type ErrorKind, isErrorCode } from '@fraudflow/core';
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { headerField, messageText } from './error-text.js';

const STATUS_OF: Readonly<Record<ErrorKind, status>> = {
  invalid_input: status.INVALID_ARGUMENT,
  not_found: status.NOT_FOUND,
  conflict: status.ALREADY_EXISTS,
  failed_precondition: status.FAILED_PRECONDITION,
  permission_denied: status.PERMISSION_DENIED,
  unavailable: status.UNAVAILABLE,
  timeout: status.DEADLINE_EXCEEDED,
  resource_exhausted: status.RESOURCE_EXHAUSTED,
  assertion_failed: status.INTERNAL,
};

const KIND_OF = new Map<status, ErrorKind>([
  ...Object.entries(STATUS_OF).map(([kind, code]) => [code, kind as ErrorKind] as const),
  [status.CANCELLED, 'timeout'],
  [status.UNIMPLEMENTED, 'failed_precondition'],
  [status.OUT_OF_RANGE, 'invalid_input'],
]);

/**
 * Maps an error to a gRPC status, with `code` and `field` in the metadata. Text that a caller may have chosen is
 * escaped and truncated, so that the status can always be sent. Unknown errors become INTERNAL without details.
 */
export function toGrpcError(thrown: unknown): Partial<ServiceError> {
  const metadata = new Metadata();
  if (!(thrown instanceof AppError)) return { code: status.INTERNAL, details: 'internal error', metadata };
  metadata.set('error-code', headerField(thrown.code));
  if (thrown.field !== undefined) metadata.set('error-field', headerField(thrown.field));
  return { code: STATUS_OF[thrown.kind], details: messageText(thrown.message), metadata };
}

/**
 * Maps the error of a failed call to an AppError. The inverse of `toGrpcError`; statuses without a kind become
 * `unavailable`, and a code that this version does not have becomes the default code of the kind.
 */
export function fromGrpcError(thrown: unknown, method: string): AppError {
  const error = asError(thrown) as Partial<ServiceError> & Error;
  const kind = error.code === undefined ? undefined : KIND_OF.get(error.code);
  const code = error.metadata?.get('error-code')[0]?.toString();
  const field = error.metadata?.get('error-field')[0]?.toString();
  return new AppError(kind ?? 'unavailable', `${method}: ${error.details ?? error.message}`, {
    cause: thrown,
    ...(code === undefined || !isErrorCode(code) ? {} : { code }),
    ...(field === undefined ? {} : { field }),
  });
}
