/** Shortest length of a number without exponent, in digits and points, that a double may not represent. */
const INEXACT_LENGTH = 16;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;

/**
 * Parses JSON like JSON.parse, except for numbers that a double cannot represent exactly: they become strings of their
 * digits, e.g. 9007199254740993 becomes "9007199254740993". So no digits are lost when the value is serialised again.
 * Linear in the text's length.
 * @throws SyntaxError as JSON.parse does; its message may quote the text.
 */
export function parseExactJson(text: string): unknown {
  const parsed: unknown = JSON.parse(text);
  if (!mayBeInexact(text)) return parsed;
  const exact = replaceJsonTokens(text, { number: (token) => (isExactNumber(token) ? token : `"${token}"`) });
  return exact === text ? parsed : JSON.parse(exact);
}

/** Cheap pre-check: true for every text with a number that a double may not represent, and for some others. */
function mayBeInexact(text: string): boolean {
  let run = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code <= 0x39 && (code >= 0x30 || code === 0x2e)) {
      if (++run === INEXACT_LENGTH) return true;
    } else if (run > 0) {
      // `e` or `E` after a digit.
      if ((code | 0x20) === 0x65) return true;
      run = 0;
    }
  }
  return false;
}

/** Functions that replace tokens of a JSON text. */
export interface JsonTokenReplacers {
  /** Maps a number token as written in the text to JSON. */
  readonly number?: (token: string) => string;
  /** Maps a string token, with its quotes and escapes, to JSON. Names of members are strings, too. */
  readonly string?: (token: string) => string;
}

/**
 * Replaces numbers and strings in a JSON text in one pass. All other characters stay unchanged.
 * @param text valid JSON
 */
export function replaceJsonTokens(text: string, replacers: JsonTokenReplacers): string {
  const { number = unchanged, string = unchanged } = replacers;
  const parts: string[] = [];
  let copied = 0;
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    const isString = code === QUOTE;
    if (!isString && !isDigit(code) && code !== MINUS) {
      at++;
      continue;
    }
    const end = isString ? endOfString(text, at) : endOfNumber(text, at);
    const token = text.slice(at, end);
    const replacement = isString ? string(token) : number(token);
    if (replacement !== token) {
      parts.push(text.slice(copied, at), replacement);
      copied = end;
    }
    at = end;
  }
  if (copied === 0) return text;
  parts.push(text.slice(copied));
  return parts.join('');
}

const unchanged = (token: string): string => token;

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at + 1;
}

function endOfNumber(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && isNumberSign(text.charCodeAt(at))) at++;
  return at;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Digits, and `.`, `+`, `-`, `e`, `E`. */
function isNumberSign(code: number): boolean {
  return isDigit(code) || code === 0x2e || code === 0x2b || code === MINUS || code === 0x65 || code === 0x45;
}

/** True if a double represents the JSON number exactly: true for 1.10 and 1e3, false for 9007199254740993. */
export function isExactNumber(token: string): boolean {
  const value = Number(token);
  if (Number.isSafeInteger(value) && value !== 0 && token.length < 16) return true;
  return Number.isFinite(value) && decimalForm(token) === decimalForm(String(value));
}

/** Canonical text of a decimal value: significant digits and exponent, without sign. */
function decimalForm(token: string): string {
  const [mantissa = '', exponent = '0'] = token.toLowerCase().split('e', 2);
  const [whole = '', fraction = ''] = (mantissa.startsWith('-') ? mantissa.slice(1) : mantissa).split('.', 2);
  const digits = whole + fraction;
  let first = 0;
  while (first < digits.length && digits[first] === '0') first++;
  let end = digits.length;
  while (end > first && digits[end - 1] === '0') end--;
  if (first === end) return '0';
  return `${digits.slice(first, end)}e${Number(exponent) - fraction.length + (digits.length - end)}`;
}
