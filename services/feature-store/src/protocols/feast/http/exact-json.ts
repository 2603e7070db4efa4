import { asError } from '@fraudflow/core';
import { RequestError } from '../errors/feast-error.js';

/** Only whole numbers of 16 digits or more can be inexact as doubles. */
const LONG_DIGITS = /\d{16}/;
const LONG_NUMBER = 16;

const QUOTE = 0x22;
const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const UPPER_E = 0x45;
const BACKSLASH = 0x5c;
const LOWER_E = 0x65;

/**
 * Parses JSON without rounding: a whole number that a double cannot represent becomes the string of its digits, which
 * ids and int64 features accept. Takes time linear in the length of the text, for any text.
 * @throws RequestError in the form in which FastAPI reports broken JSON
 */
export function parseExactJson(text: string): unknown {
  try {
    return JSON.parse(LONG_DIGITS.test(text) ? withInexactQuoted(text) : text) as unknown;
  } catch (thrown) {
    throw new RequestError(['body'], `JSON decode error: ${asError(thrown).message}`, 'json_invalid');
  }
}

/**
 * Reads each character of the text once: strings are skipped as a whole, and numbers that a double cannot represent get
 * quotes.
 */
function withInexactQuoted(text: string): string {
  const parts: string[] = [];
  let copied = 0;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = stringEnd(text, at + 1);
    else if (code === MINUS || isDigit(code)) {
      const end = numberEnd(text, at);
      if (end - at >= LONG_NUMBER && isInexact(text, at, end)) {
        parts.push(text.slice(copied, at), '"', text.slice(at, end), '"');
        copied = end;
      }
      at = end;
    } else at++;
  }
  parts.push(text.slice(copied));
  return parts.join('');
}

/** Position after the closing quote of a string, or the end of the text if it is not closed. */
function stringEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    at += code === BACKSLASH ? 2 : 1;
  }
  return text.length;
}

/** Position after the characters of a number, in any order: JSON.parse checks them. */
function numberEnd(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && isOfNumber(text.charCodeAt(at))) at++;
  return at;
}

function isOfNumber(code: number): boolean {
  return isDigit(code) || code === POINT || code === MINUS || code === PLUS || code === LOWER_E || code === UPPER_E;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

/** True if a number is whole and well-formed, but differs from the double that represents it. */
function isInexact(text: string, from: number, to: number): boolean {
  const first = text.charCodeAt(from) === MINUS ? from + 1 : from;
  // JSON has no leading zeros; in quotes JSON.parse would not detect them.
  if (text.charCodeAt(first) === ZERO) return false;
  for (let at = first; at < to; at++) if (!isDigit(text.charCodeAt(at))) return false;
  return !Number.isSafeInteger(Number(text.slice(from, to)));
}
