import { AppError, asError, type ErrorKind } from '@fraudflow/core';
import type { Logger } from '@fraudflow/observability';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { jsonField, messageText } from '../grpc/error-text.js';

const HTTP_STATUS_OF: Readonly<Record<ErrorKind, number>> = {
  invalid_input: 400,
  not_found: 404,
  conflict: 409,
  failed_precondition: 400,
  permission_denied: 403,
  unavailable: 503,
  timeout: 504,
  resource_exhausted: 429,
  assertion_failed: 500,
};

/** Statuses after which the same request may succeed. */
const RETRY_LATER: ReadonlySet<number> = new Set([429, 503]);
const RETRY_AFTER_SECONDS = '1';

interface Reply {
  status(code: number): Reply;
  header(name: string, value: string): Reply;
  send(body: unknown): void;
}

/** RFC 9457 problem details, with our `code` and `field`. */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly field?: string;
}

/** Maps an error to RFC 9457 problem details. Unknown errors become status 500 without details. */
export function toProblem(thrown: unknown): Problem {
  if (thrown instanceof AppError) {
    return {
      type: 'about:blank',
      title: thrown.kind.replaceAll('_', ' '),
      status: HTTP_STATUS_OF[thrown.kind],
      detail: messageText(thrown.message),
      code: thrown.code,
      ...(thrown.field === undefined ? {} : { field: jsonField(thrown.field) }),
    };
  }
  const status = frameworkStatus(thrown);
  const detail = status < 500 ? messageText(asError(thrown).message) : 'internal error';
  return {
    type: 'about:blank',
    title: 'request failed',
    status,
    detail,
    code: status < 500 ? 'BAD_REQUEST' : 'INTERNAL',
  };
}

/**
 * The status that Nest or Fastify gave the error. Client errors (bad JSON, unknown route, too large) have one below
 * 500.
 */
function frameworkStatus(thrown: unknown): number {
  if (thrown instanceof HttpException) return thrown.getStatus();
  const status = (thrown as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}

/** Responds to every error with problem+json. HTTP statuses are chosen only here. */
@Catch()
export class HttpProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const problem = toProblem(thrown);
    if (problem.status >= 500 && !(thrown instanceof AppError && thrown.retryable)) {
      this.logger.error({ err: asError(thrown), event: 'http_request_failed' });
    }
    const reply = host.switchToHttp().getResponse<Reply>().status(problem.status);
    if (RETRY_LATER.has(problem.status)) void reply.header('retry-after', RETRY_AFTER_SECONDS);
    reply.header('content-type', 'application/problem+json').send(problem);
  }
}
