import { AppError, asError } from '@fraudflow/core';
import type { Logger } from '@fraudflow/observability';
import { toProblem } from '@fraudflow/rpc';
import { FeastError, RequestError } from '../errors/feast-error.js';
import { toFeastError } from '../errors/to-feast-error.js';

export interface ErrorReply {
  readonly status: number;
  readonly body: string;
}

/**
 * The HTTP response to an error in the form that Feast's clients read: errors of Feast's own classes as a JSON string
 * that contains JSON, wrong requests as FastAPI's 422, any other error as a plain `detail`. Clients retry after 5xx and
 * 429, so these are sent only if a retry may succeed.
 */
export function errorReply(thrown: unknown, logger: Logger): ErrorReply {
  const error = toFeastError(thrown);
  if (error instanceof FeastError) return { status: error.httpStatus, body: JSON.stringify(error.toDetail()) };
  if (error instanceof RequestError) return { status: 422, body: error.toBody() };
  const { status, detail } = toProblem(thrown);
  if (status >= 500 && !(thrown instanceof AppError && thrown.retryable)) {
    logger.error({ err: asError(thrown), event: 'feast_http_request_failed' });
  }
  return { status, body: JSON.stringify({ detail }) };
}
