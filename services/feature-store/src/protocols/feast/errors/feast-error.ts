import { cardNumberCode, HOLDS_CARD_NUMBER } from '@fraudflow/cards';
import { AppError, type ErrorKind } from '@fraudflow/core';
import { feastErrorDetail } from './coded-error.js';
import { shortMessage, shortName } from './short-text.js';

interface FeastErrorShape {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly httpStatus: number;
}

const NOT_FOUND: FeastErrorShape = { kind: 'not_found', code: 'FEAST_NOT_FOUND', httpStatus: 404 };
const REFUSED: FeastErrorShape = { kind: 'invalid_input', code: 'FEAST_REFUSED', httpStatus: 422 };

/** An error that Feast's SDK knows by class and raises again on the caller's side. */
export class FeastError extends AppError {
  readonly httpStatus: number;

  /** @param className class in Feast's module `feast.errors`. */
  constructor(
    readonly className: string,
    message: string,
    shape: FeastErrorShape,
  ) {
    super(shape.kind, shortMessage(message), { code: shape.code });
    this.httpStatus = shape.httpStatus;
  }

  /**
   * What the SDK reads: the whole body of gRPC status details, and, encoded once more as a JSON string, of HTTP
   * replies.
   */
  toDetail(): string {
    return feastErrorDetail(this.className, this.message);
  }
}

/** A part of the request that is wrong in itself, as FastAPI reports it: 422 and where it is. */
export class RequestError extends AppError {
  readonly location: readonly (string | number)[];
  readonly reason: string;

  /** @param code travels in the metadata of gRPC; `type` in the body of HTTP */
  constructor(
    location: readonly (string | number)[],
    reason: string,
    readonly type = 'value_error',
    code = 'REQUEST_INVALID',
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

  /** FastAPI's body for it. */
  toBody(): string {
    return JSON.stringify({ detail: [{ type: this.type, loc: this.location, msg: this.reason }] });
  }
}

/** A wrong field of the request body. @param path from the body on, e.g. `['entities', 'customer_id']`. */
export function badRequest(path: readonly (string | number)[], reason: string): RequestError {
  return new RequestError(['body', ...path], reason);
}

/** A cell of a pushed frame that holds a card number; the value is not repeated. */
export function pushedCardNumber(column: string, row: number): RequestError {
  const code = cardNumberCode(column);
  return new RequestError(['body', 'df', column, row], HOLDS_CARD_NUMBER, code.toLowerCase(), code);
}

export function featureServiceNotFound(name: string, project: string): FeastError {
  const message = `Feature service ${shortName(name)} does not exist in project ${project}`;
  return new FeastError('FeatureServiceNotFoundException', message, NOT_FOUND);
}

export function featureViewNotFound(name: string, project: string): FeastError {
  const message = `Feature view ${shortName(name)} does not exist in project ${project}`;
  return new FeastError('FeatureViewNotFoundException', message, NOT_FOUND);
}

export function featureViewVersionNotFound(name: string, version: string, project: string): FeastError {
  const message = `Version ${shortName(version)} of feature view ${shortName(name)} does not exist in project ${project}`;
  return new FeastError('FeatureViewVersionNotFound', message, NOT_FOUND);
}

/** Feast has no class of its own for a feature that its view lacks; this is the base of its not-found classes. */
export function featureNotFound(feature: string, view: string, project: string): FeastError {
  const message = `Feature ${shortName(feature)} does not exist in feature view ${shortName(view)} of project ${project}`;
  return new FeastError('FeastObjectNotFoundException', message, NOT_FOUND);
}

export function requestDataNotFound(names: readonly string[]): FeastError {
  const listed = `{${names.map((name) => `'${name}'`).join(', ')}}`;
  const message = `Required request data source features ${listed} not found in the entity rows, but required by feature views`;
  return new FeastError('RequestDataNotFoundInEntityRowsException', message, NOT_FOUND);
}

export function entityColumnsMissing(expected: readonly string[], missing: readonly string[]): FeastError {
  const message =
    `The entity rows you have provided must contain columns [${expected.join(', ')}], ` +
    `but [${missing.join(', ')}] were missing.`;
  return new FeastError('FeastEntityDFMissingColumnsError', message, REFUSED);
}

export function featureNamesCollide(names: readonly string[]): FeastError {
  const message = `Duplicate features named ${names.join(', ')} found.\nAsk for each feature once.`;
  return new FeastError('FeatureNameCollisionError', message, REFUSED);
}

export function pushSourceNotFound(name: string): FeastError {
  return new FeastError('PushSourceNotFoundException', `Unable to find push source '${shortName(name)}'.`, REFUSED);
}

/** Rows of a computed view cannot be written by anyone. */
export function viewNotWritable(view: string): FeastError {
  const message =
    `Feature view ${view} is computed from the log of transactions and labels and takes no rows. ` +
    `Publish the transactions to the topic "transactions" instead, or push to a view that has a push source.`;
  return new FeastError('FeastError', message, REFUSED);
}

/** A search by similarity needs a feature with a vector index. */
export function viewHasNoVectors(views: readonly string[]): FeastError {
  return new FeastError('FeastError', `No feature with a vector index in ${views.join(', ')}`, REFUSED);
}
