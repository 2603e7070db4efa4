import { invalidInput } from '@fraudflow/core';
import { checkKey, invalidParameter, isNormalisedPath, missingParameter, type Tag } from '../validation/keys.js';

const MAX_NAME_LENGTH = 256;
const MAX_TAG_VALUE_LENGTH = 100_000;
const ALIAS = /^[\p{L}\p{N}_-]{1,255}$/u;
const RESERVED_ALIAS = /^(?:latest|v\d+)$/i;

/** @throws AppError invalid_input for a name that is blank, too long, or could be read as a path or URI */
export function checkModelName(name: string): void {
  if (name.trim() === '') throw missingParameter('name');
  if (name.length > MAX_NAME_LENGTH) {
    throw invalidParameter('name', name, `Registered model names are limited to ${MAX_NAME_LENGTH} characters`);
  }
  if (/[/:]/.test(name) || !isNormalisedPath(name)) {
    throw invalidParameter(
      'name',
      name,
      `Registered model name cannot contain path separator or reserved characters / and :`,
    );
  }
}

/** @throws AppError invalid_input for an invalid key or a value that is too long */
export function checkRegistryTag({ key, value }: Tag): void {
  checkKey(key, 'key');
  if (value.length > MAX_TAG_VALUE_LENGTH) {
    throw invalidParameter('value', value, `it exceeds the maximum length of ${MAX_TAG_VALUE_LENGTH} characters`);
  }
}

/** @throws AppError invalid_input for an invalid or reserved alias */
export function checkAlias(alias: string): void {
  if (!ALIAS.test(alias)) {
    throw invalidInput(`Invalid alias name: '${alias}'. Use 1 to 255 alphanumerics, underscores (_) and dashes (-).`, {
      field: 'alias',
    });
  }
  if (RESERVED_ALIAS.test(alias)) {
    throw invalidInput(`'${alias}' alias name is reserved.`, { field: 'alias' });
  }
}
