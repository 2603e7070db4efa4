import { posix } from 'node:path';
import { invalidInput } from '@fraudflow/core';
import { pythonJson } from './python-json.js';

/** A name with a text, as MLflow hangs on experiments, runs, models and versions. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** One tag per key, the last given, in key order: writers that lock rows in the same order cannot deadlock. */
export function uniqueTags(tags: readonly Tag[]): readonly Tag[] {
  const byKey = new Map(tags.map(({ key, value }) => [key, { key, value }]));
  return [...byKey.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

const KEY = /^[\p{L}\p{N}_\-. /:]+$/u;
const MAX_KEY_LENGTH = 250;

/**
 * Checks the key of a metric, param or tag: word characters, `-`, `.`, space, `/`, `:`; path-normalised; at most 250.
 * @param path how the caller spells the field, e.g. `metrics[0].key`.
 * @throws AppError invalid_input.
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

/** True if a text used as a relative path stays what it is: no leading slash, `.`, `..`, or doubled slash. */
export function isNormalisedPath(text: string): boolean {
  return (
    text !== '.' &&
    !text.startsWith('/') &&
    !text.startsWith('..') &&
    posix.normalize(text) === text &&
    !text.endsWith('/')
  );
}

/** The refusal MLflow's clients and tests expect: `Invalid value <json> for parameter '<p>' supplied`. */
export function invalidParameter(path: string, value: unknown, why?: string): Error {
  const reason = why === undefined ? '' : `: ${why}`;
  return invalidInput(`Invalid value ${describeValue(value)} for parameter '${path}' supplied${reason}`, {
    field: path,
  });
}

/** The refusal of an absent value. */
export function missingParameter(path: string): Error {
  return invalidInput(
    `Missing value for required parameter '${path}'. See the API docs for more information about request parameters.`,
    { field: path },
  );
}

const MAX_SHOWN_CHARACTERS = 500;

/** As Python writes it, because clients compare messages. Long values are cut. */
function describeValue(value: unknown): string {
  return pythonJson(value).slice(0, MAX_SHOWN_CHARACTERS);
}
