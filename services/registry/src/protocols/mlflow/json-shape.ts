import { invalidInput } from '@fraudflow/core';

/** Maximum nesting of lists and objects in a request. MLflow's messages have fewer than ten levels. */
const MAX_DEPTH = 100;
/** Maximum number of values in a request: on the heap, a value takes many times its size in the text. */
const MAX_VALUES = 300_000;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/**
 * Refuses a JSON text whose parsing would take much more memory or stack than its length indicates. Works in one pass
 * without allocation, and does not check that the text is valid JSON.
 * @throws AppError invalid_input for more than MAX_DEPTH levels or more than about MAX_VALUES values
 */
export function checkJsonShape(json: Buffer): void {
  let depth = 0;
  let values = 1;
  let isText = false;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at] ?? 0;
    if (isText) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) isText = false;
    } else if (byte === QUOTE) isText = true;
    else if (byte === COMMA) values += 1;
    else if (OPENING.has(byte)) {
      depth += 1;
      values += 1;
      if (depth > MAX_DEPTH) throw invalidInput(`The request body is nested more than ${MAX_DEPTH} levels deep`);
    } else if (CLOSING.has(byte)) depth -= 1;
  }
  if (values > MAX_VALUES) throw invalidInput(`The request body holds more than ${MAX_VALUES} values`);
}
