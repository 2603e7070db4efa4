import { AppError, type ErrorCode } from '@fraudflow/core';
import { shortMessage, shortName } from '../../../values/short-text.js';
import type { RequestPath } from '../../../values/request-errors.js';
import { feastErrorDetail } from './coded-error.js';

/** Kinds of errors that Feast has classes for. */
export type FeastErrorKind = 'not_found' | 'invalid_input';

const SHAPES = {
  not_found: { code: 'FEAST_NOT_FOUND', httpStatus: 404 },
  invalid_input: { code: 'FEAST_REFUSED', httpStatus: 422 },
} as const;

/** An error that Feast's SDK recognises by class and raises again in the client. */
export class FeastError extends AppError {
  readonly httpStatus: number;

  /** @param className class in Feast's module `feast.errors`. */
  constructor(
    readonly className: string,
    message: string,
    kind: FeastErrorKind,
    cause?: unknown,
  ) {
    const { code, httpStatus } = SHAPES[kind];
    super(kind, shortMessage(message), { code, cause });
    this.httpStatus = httpStatus;
  }

  /**
   * What the SDK reads: the whole body of gRPC status details, and, encoded once more as a JSON string, of HTTP
   * replies.
   */
  toDetail(): string {
    return feastErrorDetail(this.className, this.message);
  }
}

/** A wrong part of the request, as FastAPI reports it: status 422 and the place. */
export class RequestError extends AppError {
  readonly location: RequestPath;
  readonly reason: string;

  /** @param code is sent in the metadata of gRPC; `type` in the body of HTTP */
  constructor(
    location: RequestPath,
    reason: string,
    readonly type = 'value_error',
    code: ErrorCode = 'REQUEST_INVALID',
  ) {
    const short = location.map((part) => (typeof part === 'string' ? shortName(part) : part));
    const field = short.slice(1).join('.');
    super('invalid_input', shortMessage(field === '' ? reason : `${field}: ${reason}`), {
      code,
      field,
    });
    this.location = short;
    this.reason = shortMessage(reason);
  }

  /** The body of FastAPI's response. */
  toBody(): string {
    return JSON.stringify({ detail: [{ type: this.type, loc: this.location, msg: this.reason }] });
  }
}
