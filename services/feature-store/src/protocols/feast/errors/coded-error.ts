import { AppError, type ErrorKind } from '@fraudflow/core';
import { shortMessage, shortName } from './short-text.js';

/** Python module of Feast's error classes. */
const MODULE = 'feast.errors';

/**
 * An error that Feast's SDK raises as one of its own exceptions. Over gRPC, the status details hold module, class and
 * message as JSON.
 * @param className a class of `feast.errors`, e.g. `FeatureViewNotFoundException`.
 */
export function feastError(kind: ErrorKind, className: string, message: string, field?: string): AppError {
  return new AppError(kind, feastErrorDetail(className, message), {
    code: codeOf(className),
    ...(field === undefined ? {} : { field }),
    details: { class: className, message },
  });
}

/**
 * The JSON object from which the SDK rebuilds its exception. The message is shortened, so that no transport truncates
 * the JSON.
 */
export function feastErrorDetail(className: string, message: string): string {
  return JSON.stringify({ module: MODULE, class: className, message: shortMessage(message) });
}

/** `FeatureViewNotFoundException` becomes `FEATURE_VIEW_NOT_FOUND`. */
function codeOf(className: string): string {
  return className
    .replace(/(Exception|Error)$/, '')
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .toUpperCase();
}

export type FeastObject =
  | 'Entity'
  | 'Data source'
  | 'Feature view'
  | 'On demand feature view'
  | 'Feature service'
  | 'Feature'
  | 'Saved dataset'
  | 'Validation reference'
  | 'Permission';

const NOT_FOUND_CLASS: Readonly<Record<FeastObject, string>> = {
  Entity: 'EntityNotFoundException',
  'Data source': 'DataSourceObjectNotFoundException',
  'Feature view': 'FeatureViewNotFoundException',
  'On demand feature view': 'OnDemandFeatureViewNotFoundException',
  'Feature service': 'FeatureServiceNotFoundException',
  Feature: 'FeastObjectNotFoundException',
  'Saved dataset': 'SavedDatasetNotFound',
  'Validation reference': 'ValidationReferenceNotFound',
  Permission: 'PermissionObjectNotFoundException',
};

/** The error for a name that does not exist. */
export function feastNotFound(object: FeastObject, name: string, project: string): AppError {
  const message = `${object} ${shortName(name)} does not exist in project ${project}`;
  return feastError('not_found', NOT_FOUND_CLASS[object], message, 'name');
}

/** The error for a project that does not exist. */
export function projectNotFound(name: string): AppError {
  return feastError(
    'not_found',
    'ProjectObjectNotFoundException',
    `Project ${shortName(name)} does not exist`,
    'project',
  );
}
