import { invalidInput } from '@fraudflow/core';

/** Bounds of JSON bodies. */
export interface JsonLimits {
  /**
   * Deepest nesting of objects and arrays. Recursive code (`JSON.stringify`) throws a RangeError at a few thousand
   * levels.
   */
  readonly maxDepth: number;
  /** Largest number of values. Two bytes of text, `{}`, take 56 bytes of heap. */
  readonly maxValues: number;
}

export const DEFAULT_JSON_LIMITS: JsonLimits = { maxDepth: 64, maxValues: 200_000 };

/** A text of at most this many bytes cannot exceed the default limits. */
const SMALL_BYTES = 64;
const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;

/**
 * Checks the depth and the number of values of a JSON text before it is parsed. Text that is not JSON passes; the
 * parser reports it.
 * @throws AppError invalid_input JSON_TOO_DEEP, JSON_TOO_LARGE.
 */
export function checkJsonShape(text: Buffer, limits: JsonLimits = DEFAULT_JSON_LIMITS): void {
  if (text.length <= Math.min(SMALL_BYTES, limits.maxDepth, limits.maxValues)) return;
  let depth = 0;
  let values = 0;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at] as number;
    if (byte === QUOTE) at = endOfString(text, at + 1);
    else if (byte === COMMA) values++;
    else if (isOpening(byte)) {
      values++;
      depth++;
    } else if (isClosing(byte)) depth--;
    if (depth > limits.maxDepth) throw tooDeep(limits.maxDepth);
    if (values > limits.maxValues) throw tooMany(limits.maxValues);
  }
}

function isOpening(byte: number): boolean {
  return byte === 0x7b || byte === 0x5b;
}

function isClosing(byte: number): boolean {
  return byte === 0x7d || byte === 0x5d;
}

/** Position of the closing quote, or the end of the text. Linear time. */
function endOfString(text: Buffer, from: number): number {
  for (let at = from; at < text.length; at++) {
    const byte = text[at];
    if (byte === BACKSLASH) at++;
    else if (byte === QUOTE) return at;
  }
  return text.length;
}

function tooDeep(maxDepth: number): Error {
  const message = `the body nests objects and arrays more than ${maxDepth} levels deep; flatten it`;
  return invalidInput(message, { code: 'JSON_TOO_DEEP', field: 'body' });
}

function tooMany(maxValues: number): Error {
  const message = `the body holds more than ${maxValues} values; send fewer per request`;
  return invalidInput(message, { code: 'JSON_TOO_LARGE', field: 'body' });
}
