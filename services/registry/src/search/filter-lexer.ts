import { invalidInput } from '@fraudflow/core';

export type Token =
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'quoted'; readonly text: string; readonly quote: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'symbol'; readonly text: string };

const SPACE = /\s+/y;
const NUMBER = /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])/y;
const WORD = /[\p{L}_][\p{L}\p{N}_./:-]*/uy;
const SYMBOL = /!=|>=|<=|=|>|<|\(|\)|,/y;
const QUOTES = new Set(["'", '"', '`']);

/**
 * Splits a filter or order_by text into tokens. A doubled quote inside a quoted text stands for itself.
 * @throws AppError invalid_input at a character no token starts with, or for an open quote.
 */
export function tokenize(text: string): Token[] {
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
  throw invalidInput(`Invalid filter string: unexpected "${first}" at position ${at} of ${JSON.stringify(text)}`);
}

function quoted(text: string, start: number, quote: string): [Token, number] {
  let value = '';
  let at = start + 1;
  while (at < text.length) {
    if (text[at] !== quote) {
      value += text[at];
      at += 1;
    } else if (text[at + 1] === quote) {
      value += quote;
      at += 2;
    } else {
      return [{ kind: 'quoted', text: value, quote }, at + 1 - start];
    }
  }
  throw invalidInput(`Invalid filter string: quote ${quote} opened at position ${start} is never closed`);
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
