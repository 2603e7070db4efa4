import { invalidInput } from '@fraudflow/core';

export type Token =
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'quoted'; readonly text: string; readonly quote: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'symbol'; readonly text: string };

const SPACE = /\s+/y;
// Each repetition matches a text in one way only, so that a failed match takes linear time.
const NUMBER = /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])/y;
const WORD = /[\p{L}_][\p{L}\p{N}_./:-]*/uy;
const SYMBOL = /!=|>=|<=|=|>|<|\(|\)|,/y;
/** Maximum length of a filter or of an order_by entry, in UTF-16 units. */
export const MAX_SEARCH_TEXT_LENGTH = 65_536;
const MAX_SHOWN_CHARACTERS = 200;
const QUOTES = new Set(["'", '"', '`']);

/**
 * Splits a filter or order_by text into tokens. A doubled quote inside a quoted text is one quote.
 * @throws AppError invalid_input for a text longer than MAX_SEARCH_TEXT_LENGTH, an unexpected character, or a quote
 * that is not closed
 */
export function tokenize(text: string): Token[] {
  if (text.length > MAX_SEARCH_TEXT_LENGTH) {
    throw invalidInput(
      `Invalid filter string: it has ${text.length} characters, at most ${MAX_SEARCH_TEXT_LENGTH} are allowed. Split the search.`,
    );
  }
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const space = matchAt(SPACE, text, at);
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    const [token, length] = nextToken(text, at);
    tokens.push(token);
    at += length;
  }
  return tokens;
}

function nextToken(text: string, at: number): [Token, number] {
  const first = text.charAt(at);
  if (QUOTES.has(first)) return quoted(text, at, first);
  for (const [kind, pattern] of [
    ['number', NUMBER],
    ['word', WORD],
    ['symbol', SYMBOL],
  ] as const) {
    const match = matchAt(pattern, text, at);
    if (match !== undefined) return [{ kind, text: match }, match.length];
  }
  throw invalidInput(
    `Invalid filter string: unexpected "${first}" at position ${at} of ${JSON.stringify(text.slice(0, MAX_SHOWN_CHARACTERS))}`,
  );
}

function quoted(text: string, start: number, quote: string): [Token, number] {
  let value = '';
  let from = start + 1;
  for (let end = text.indexOf(quote, from); end >= 0; end = text.indexOf(quote, from)) {
    value += text.slice(from, end);
    if (text[end + 1] !== quote) return [{ kind: 'quoted', text: value, quote }, end + 1 - start];
    value += quote;
    from = end + 2;
  }
  throw invalidInput(`Invalid filter string: quote ${quote} opened at position ${start} is never closed`);
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
