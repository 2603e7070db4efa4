import { type AppError, invalidInput } from '@fraudflow/core';

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

export interface JsonItems {
  /** True if the body is a list, false if it is one item. */
  readonly isList: boolean;
  /** The bytes of each item, which are not parsed yet. */
  readonly items: readonly Buffer[];
}

/**
 * Splits a body into its items without parsing them, in one pass. Each item can then be limited and refused
 * individually, and only one at a time is in memory as objects.
 * @throws AppError invalid_input JSON_INVALID if a list does not end, ITEM_COUNT_INVALID if it is empty or has more
 * than `maxItems`
 */
export function jsonItems(body: Buffer, maxItems: number): JsonItems {
  const start = skipBlanks(body, 0);
  if (body[start] !== OPEN_LIST) return { isList: false, items: [body] };
  const items: Buffer[] = [];
  let from = start + 1;
  let depth = 1;
  for (let at = from; at < body.length; at++) {
    const byte = body[at];
    if (byte === QUOTE) at = endOfString(body, at);
    else depth += depthChange(byte);
    if (depth > 0 && !(depth === 1 && byte === COMMA)) continue;
    if (items.length === maxItems) throw itemCount(maxItems);
    items.push(body.subarray(from, at));
    from = at + 1;
    if (depth === 0) return { isList: true, items: checked(body, from, items, maxItems) };
  }
  throw notJson();
}

function depthChange(byte: number | undefined): number {
  if (byte === OPEN_LIST || byte === OPEN_OBJECT) return 1;
  return byte === CLOSE_LIST || byte === CLOSE_OBJECT ? -1 : 0;
}

function checked(body: Buffer, end: number, items: Buffer[], maxItems: number): readonly Buffer[] {
  if (body[end - 1] !== CLOSE_LIST || skipBlanks(body, end) < body.length) throw notJson();
  const [only] = items;
  if (items.length === 1 && only !== undefined && skipBlanks(only, 0) === only.length) throw itemCount(maxItems);
  return items;
}

function itemCount(maxItems: number): AppError {
  return invalidInput(`send 1 to ${maxItems} items`, { code: 'ITEM_COUNT_INVALID' });
}

function notJson(): AppError {
  return invalidInput('the body is not valid JSON', { code: 'JSON_INVALID' });
}

function skipBlanks(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && isBlank(bytes[at] as number)) at++;
  return at;
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Position of the closing quote, or a position after the end. */
function endOfString(bytes: Buffer, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}
