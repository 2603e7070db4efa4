import { asError } from '@fraudflow/core';
import { RequestError } from './feast-error.js';

/** Strings are skipped whole; of the numbers only whole ones of 16 digits or more can be inexact as doubles. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const LONG_DIGITS = /\d{16}/;
const WHOLE = /^-?\d+$/;

/**
 * Parses JSON without rounding: a whole number that a double cannot hold comes as the string of its digits, which ids and
 * int64 features take as they are.
 * @throws RequestError as FastAPI tells of broken JSON
 */
export function parseExactJson(text: string): unknown {
  try {
    return JSON.parse(LONG_DIGITS.test(text) ? text.replace(TOKEN, quoteIfInexact) : text) as unknown;
  } catch (thrown) {
    throw new RequestError(['body'], `JSON decode error: ${asError(thrown).message}`, 'json_invalid');
  }
}

function quoteIfInexact(token: string): string {
  return token.length >= 16 && WHOLE.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token;
}
