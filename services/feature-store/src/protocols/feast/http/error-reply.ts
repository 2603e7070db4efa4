import { AppError, asError } from '@fraudflow/core';
import type { Logger } from '@fraudflow/observability';
import { toProblem } from '@fraudflow/rpc';
import { FeastError, RequestError } from '../errors/feast-error.js';

export interface ErrorReply {
  readonly status: number;
  readonly body: string;
}

/**
 * The HTTP answer to an error, in the shape Feast's clients read: errors of Feast's own classes as a JSON string that
 * holds JSON, wrong requests as FastAPI's 422, anything else as a plain `detail`. Clients try 5xx and 429 again, so
 * these are answered only where a repetition may help.
 */
export function errorReply(thrown: unknown, logger: Logger): ErrorReply {
  if (thrown instanceof FeastError) return { status: thrown.httpStatus, body: JSON.stringify(thrown.toDetail()) };
  if (thrown instanceof RequestError) return { status: 422, body: thrown.toBody() };
  const { status, detail } = toProblem(thrown);
  if (status >= 500 && !(thrown instanceof AppError && thrown.retryable)) {
    logger.error({ err: asError(thrown), event: 'feast_http_request_failed' });
  }
  return { status, body: JSON.stringify({ detail }) };
}
