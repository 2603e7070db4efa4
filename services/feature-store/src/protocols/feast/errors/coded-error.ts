import { AppError, type ErrorCode, type ErrorKind } from '@fraudflow/core';
import { shortMessage, shortName } from '../../../values/short-text.js';

/** Python module of Feast's error classes. */
const MODULE = 'feast.errors';

/** Our code for each class of `feast.errors` that the registry and the historical server use. */
const CODE_OF = {
  EntityNotFoundException: 'ENTITY_NOT_FOUND',
  DataSourceObjectNotFoundException: 'DATA_SOURCE_OBJECT_NOT_FOUND',
  FeatureViewNotFoundException: 'FEATURE_VIEW_NOT_FOUND',
  OnDemandFeatureViewNotFoundException: 'ON_DEMAND_FEATURE_VIEW_NOT_FOUND',
  FeatureServiceNotFoundException: 'FEATURE_SERVICE_NOT_FOUND',
  FeastObjectNotFoundException: 'FEAST_OBJECT_NOT_FOUND',
  SavedDatasetNotFound: 'SAVED_DATASET_NOT_FOUND',
  ValidationReferenceNotFound: 'VALIDATION_REFERENCE_NOT_FOUND',
  PermissionObjectNotFoundException: 'PERMISSION_OBJECT_NOT_FOUND',
  ProjectObjectNotFoundException: 'PROJECT_OBJECT_NOT_FOUND',
  ReadOnlyRegistryException: 'READ_ONLY_REGISTRY',
} as const satisfies Readonly<Record<string, ErrorCode>>;

type CodedClass = keyof typeof CODE_OF;

/**
 * An error that Feast's SDK raises as one of its own exceptions. Over gRPC, the status details hold module, class and
 * message as JSON.
 * @param className a class of `feast.errors`, e.g. `FeatureViewNotFoundException`.
 */
export function feastError(kind: ErrorKind, className: CodedClass, message: string, field?: string): AppError {
  return new AppError(kind, feastErrorDetail(className, message), {
    code: CODE_OF[className],
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

const NOT_FOUND_CLASS: Readonly<Record<FeastObject, CodedClass>> = {
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
