import { posix } from 'node:path';
import { invalidInput } from '@fraudflow/core';
import { pythonJson } from './python-json.js';

/** A key with a text: a tag or a parameter of an experiment, run, model or version. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** The last tag per key, in key order: writers that lock rows in the same order cannot deadlock. */
export function uniqueTags(tags: readonly Tag[]): readonly Tag[] {
  const byKey = new Map(tags.map(({ key, value }) => [key, { key, value }]));
  return [...byKey.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

const KEY = /^[\p{L}\p{N}_\-. /:]+$/u;
const MAX_KEY_LENGTH = 250;

/**
 * Checks the key of a metric, param or tag: word characters, `-`, `.`, space, `/`, `:`; path-normalised; at most 250.
 * @param path the field in the caller's spelling, e.g. `metrics[0].key`
 * @throws AppError invalid_input
 */
export function checkKey(key: string, path: string): void {
  if (key.length > MAX_KEY_LENGTH) {
    throw invalidParameter(path, key, `it exceeds the maximum length of ${MAX_KEY_LENGTH} characters`);
  }
  if (!KEY.test(key)) {
    throw invalidParameter(
      path,
      key,
      'Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/)',
    );
  }
  if (!isNormalisedPath(key)) {
    throw invalidParameter(
      path,
      key,
      'Names may be treated as files in certain cases, and must not resolve to other names',
    );
  }
}

/** True if the text is a normalised relative path: no leading or double slash, and no `.` or `..` segment. */
export function isNormalisedPath(text: string): boolean {
  return (
    text !== '.' &&
    !text.startsWith('/') &&
    !text.startsWith('..') &&
    posix.normalize(text) === text &&
    !text.endsWith('/')
  );
}

/** The error that MLflow's clients and tests expect: `Invalid value <json> for parameter '<p>' supplied`. */
export function invalidParameter(path: string, value: unknown, why?: string): Error {
  const reason = why === undefined ? '' : `: ${why}`;
  return invalidInput(`Invalid value ${describeValue(value)} for parameter '${path}' supplied${reason}`, {
    field: path,
  });
}

/** The error for an absent value. */
export function missingParameter(path: string): Error {
  return invalidInput(
    `Missing value for required parameter '${path}'. See the API docs for more information about request parameters.`,
    { field: path },
  );
}

const MAX_SHOWN_CHARACTERS = 500;

/** The value as Python writes it, because clients compare messages. Long values are truncated. */
function describeValue(value: unknown): string {
  return pythonJson(value).slice(0, MAX_SHOWN_CHARACTERS);
}
