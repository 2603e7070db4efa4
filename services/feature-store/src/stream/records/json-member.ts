const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const LAST_SPACE = 0x20;

/** Byte range [from, to) of the text of a value. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * Finds the text of an object's member exactly as it was written, including numbers of any length, members called
 * `__proto__` and white space. Of a repeated name the last one counts, as in JSON.parse.
 * @param json a valid JSON object from `at` on, possibly after white space
 * @returns undefined if it has no such member
 */
export function memberText(json: Buffer, name: string, at = 0): Span | undefined {
  let found: Span | undefined;
  let position = skipSpaces(json, at) + 1;
  for (;;) {
    position = skipSpaces(json, position);
    if (json[position] !== QUOTE) return found;
    const nameEnd = stringEnd(json, position);
    const isWanted = JSON.parse(json.toString('utf8', position, nameEnd)) === name;
    position = skipSpaces(json, nameEnd);
    if (json[position] !== COLON) return found;
    const from = skipSpaces(json, position + 1);
    const to = valueEnd(json, from);
    if (isWanted) found = { from, to };
    position = skipSpaces(json, to);
    if (json[position] !== COMMA) return found;
    position++;
  }
}

function skipSpaces(json: Buffer, at: number): number {
  let position = at;
  while (position < json.length && (json[position] as number) <= LAST_SPACE) position++;
  return position;
}

/** Position after the string whose opening quote is at `at`. */
function stringEnd(json: Buffer, at: number): number {
  let position = at + 1;
  while (position < json.length && json[position] !== QUOTE) position += json[position] === BACKSLASH ? 2 : 1;
  return position + 1;
}

/** Position after the value that begins at `at`. */
function valueEnd(json: Buffer, at: number): number {
  let depth = 0;
  let position = at;
  while (position < json.length) {
    const byte = json[position];
    if (byte === QUOTE) position = stringEnd(json, position) - 1;
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY || byte === COMMA) {
      if (depth === 0) return position;
      if (byte !== COMMA && --depth === 0) return position + 1;
    } else if (depth === 0 && (byte as number) <= LAST_SPACE) return position;
    position++;
    if (depth === 0 && byte === QUOTE) return position;
  }
  return position;
}
