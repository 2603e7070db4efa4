import { AppError, type ErrorCode } from '@fraudflow/core';
import { requestProblemOf } from '../../../values/request-errors.js';
import { FeastError, RequestError } from './feast-error.js';

/**
 * Feast's class for each error code of a use case. Feast has no class for a feature that its view lacks, so the base
 * class of its not-found classes stands for it.
 */
const CLASS_OF: Partial<Readonly<Record<ErrorCode, string>>> = {
  FEATURE_SERVICE_UNKNOWN: 'FeatureServiceNotFoundException',
  FEATURE_VIEW_UNKNOWN: 'FeatureViewNotFoundException',
  FEATURE_VIEW_VERSION_UNKNOWN: 'FeatureViewVersionNotFound',
  FEATURE_UNKNOWN: 'FeastObjectNotFoundException',
  REQUEST_DATA_MISSING: 'RequestDataNotFoundInEntityRowsException',
  ENTITY_COLUMNS_MISSING: 'FeastEntityDFMissingColumnsError',
  FEATURE_NAMES_COLLIDE: 'FeatureNameCollisionError',
  PUSH_SOURCE_UNKNOWN: 'PushSourceNotFoundException',
  VIEW_NOT_WRITABLE: 'FeastError',
  VIEW_HAS_NO_VECTORS: 'FeastError',
};

/**
 * Converts an error of a use case to the form of Feast's online server.
 * @returns a FeastError for a code that Feast has a class for, a RequestError for a wrong part of a request, and
 * anything else unchanged
 */
export function toFeastError(thrown: unknown): unknown {
  if (!(thrown instanceof AppError)) return thrown;
  const className = CLASS_OF[thrown.code];
  if (className !== undefined) {
    return new FeastError(
      className,
      thrown.message,
      thrown.kind === 'not_found' ? 'not_found' : 'invalid_input',
      thrown,
    );
  }
  const problem = requestProblemOf(thrown);
  if (problem === undefined) return thrown;
  // FastAPI's type of the problem: its own for a value, else ours.
  const type = thrown.code === 'REQUEST_INVALID' ? undefined : thrown.code.toLowerCase();
  return new RequestError(['body', ...problem.path], problem.reason, type, thrown.code);
}
