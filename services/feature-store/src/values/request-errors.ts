import { cardNumberCode, HOLDS_CARD_NUMBER } from '@fraudflow/cards';
import { AppError, type ErrorCode, invalidInput, notFound } from '@fraudflow/core';
import { shortMessage, shortName } from './short-text.js';

/** Place of a value in a request: names of fields and numbers of rows, the outermost first. */
export type RequestPath = readonly (string | number)[];

/** The problem of a request and its place. Protocols that report the place as a list read it. */
export interface RequestProblem {
  readonly path: RequestPath;
  readonly reason: string;
}

/**
 * The error for a wrong part of a request.
 * @param path e.g. `['entities', 'customer_id', 3]`; empty = the whole request
 * @param reason end of a sentence that begins with the place
 * @returns an AppError invalid_input REQUEST_INVALID; the caller throws it
 */
export function invalidRequest(path: RequestPath, reason: string, code: ErrorCode = 'REQUEST_INVALID'): AppError {
  const problem: RequestProblem = {
    path: path.map((part) => (typeof part === 'string' ? shortName(part) : part)),
    reason: shortMessage(reason),
  };
  const field = problem.path.join('.');
  const message = shortMessage(field === '' ? reason : `${field}: ${reason}`);
  return invalidInput(message, { code, field, details: { problem } });
}

/** The problem of an error that `invalidRequest` created; undefined for other errors. */
export function requestProblemOf({ details }: AppError): RequestProblem | undefined {
  return details['problem'] as RequestProblem | undefined;
}

/** The error for a cell of a pushed frame that holds a card number. It does not repeat the value. */
export function pushedCardNumber(column: string, row: number): AppError {
  return invalidRequest(['df', column, row], HOLDS_CARD_NUMBER, cardNumberCode(column));
}

export function featureServiceUnknown(name: string, project: string): AppError {
  return notFound(shortMessage(`Feature service ${shortName(name)} does not exist in project ${project}`), {
    code: 'FEATURE_SERVICE_UNKNOWN',
  });
}

export function featureViewUnknown(name: string, project: string): AppError {
  return notFound(shortMessage(`Feature view ${shortName(name)} does not exist in project ${project}`), {
    code: 'FEATURE_VIEW_UNKNOWN',
  });
}

export function featureViewVersionUnknown(name: string, version: string, project: string): AppError {
  const message = `Version ${shortName(version)} of feature view ${shortName(name)} does not exist in project ${project}`;
  return notFound(shortMessage(message), { code: 'FEATURE_VIEW_VERSION_UNKNOWN' });
}

export function featureUnknown(feature: string, view: string, project: string): AppError {
  const message = `Feature ${shortName(feature)} does not exist in feature view ${shortName(view)} of project ${project}`;
  return notFound(shortMessage(message), { code: 'FEATURE_UNKNOWN' });
}

export function requestDataMissing(names: readonly string[]): AppError {
  const listed = `{${names.map((name) => `'${name}'`).join(', ')}}`;
  const message = `Required request data source features ${listed} not found in the entity rows, but required by feature views`;
  return notFound(shortMessage(message), { code: 'REQUEST_DATA_MISSING' });
}

export function entityColumnsMissing(expected: readonly string[], missing: readonly string[]): AppError {
  const message =
    `The entity rows you have provided must contain columns [${expected.join(', ')}], ` +
    `but [${missing.join(', ')}] were missing.`;
  return invalidInput(shortMessage(message), { code: 'ENTITY_COLUMNS_MISSING' });
}

export function featureNamesCollide(names: readonly string[]): AppError {
  const message = `Duplicate features named ${names.join(', ')} found.\nAsk for each feature once.`;
  return invalidInput(shortMessage(message), { code: 'FEATURE_NAMES_COLLIDE' });
}

export function pushSourceUnknown(name: string): AppError {
  return invalidInput(`Unable to find push source '${shortName(name)}'.`, { code: 'PUSH_SOURCE_UNKNOWN' });
}

/** The error for rows pushed to a view that is computed. */
export function viewNotWritable(view: string): AppError {
  const message =
    `Feature view ${view} is computed from the log of transactions and labels and takes no rows. ` +
    `Publish the transactions to the topic "transactions" instead, or push to a view that has a push source.`;
  return invalidInput(shortMessage(message), { code: 'VIEW_NOT_WRITABLE' });
}

/** The error for a similarity search: it needs a feature with a vector index. */
export function viewHasNoVectors(views: readonly string[]): AppError {
  const message = `No feature with a vector index in ${views.join(', ')}`;
  return invalidInput(shortMessage(message), { code: 'VIEW_HAS_NO_VECTORS' });
}
