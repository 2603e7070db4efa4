import { invalidInput } from '@fraudflow/core';
import { climbsOut } from '../validation/encoded-text.js';
import { checkKey, invalidParameter, type Tag } from '../validation/keys.js';

const MAX_NAME_LENGTH = 500;
const MAX_LOCATION_LENGTH = 256;
const MAX_TAG_VALUE_LENGTH = 5_000;

/** @throws AppError invalid_input for a name that is blank or too long */
export function checkExperimentName(name: string): void {
  if (name.trim() === '') throw invalidParameter('name', name, 'experiment names must not be blank');
  if (name.length > MAX_NAME_LENGTH) {
    throw invalidParameter('name', name, `it exceeds the maximum length of ${MAX_NAME_LENGTH} characters`);
  }
}

/**
 * @throws AppError invalid_input for a location that is a `runs:/` URI, has a `..` segment, a query or a fragment, or
 * is too long
 */
export function checkArtifactLocation(location: string): void {
  if (location.length > MAX_LOCATION_LENGTH) {
    throw invalidParameter('artifact_location', location, `it exceeds ${MAX_LOCATION_LENGTH} characters`);
  }
  if (location.startsWith('runs:')) {
    throw invalidInput(`Artifact location '${location}' must not be a runs:/ URI`, { field: 'artifact_location' });
  }
  if (/[?#;]/.test(location) || climbsOut(location)) {
    throw invalidParameter('artifact_location', location, 'it must not hold a query, a fragment, parameters or ".."');
  }
}

/** @throws AppError invalid_input for an invalid key or a value that is too long */
export function checkExperimentTag({ key, value }: Tag): void {
  checkKey(key, 'key');
  if (value.length > MAX_TAG_VALUE_LENGTH) {
    throw invalidParameter('value', value, `it exceeds the maximum length of ${MAX_TAG_VALUE_LENGTH} characters`);
  }
}
