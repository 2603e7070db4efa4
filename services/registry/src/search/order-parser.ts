import { invalidInput } from '@fraudflow/core';
import { readFieldName, shorten } from './field-name.js';
import type { Ordering, SearchSubject } from './search-subject.js';
import { TokenReader } from './token-reader.js';

/** Maximum number of keys in one order_by. */
export const MAX_ORDER_KEYS = 20;

/**
 * Parses `order_by` entries (`key [ASC|DESC]`) into a total order: the caller's keys, or else the default, then the
 * tie-break.
 * @throws AppError invalid_input for an unknown or repeated key, and for more than MAX_ORDER_KEYS
 */
export function parseOrder(entries: readonly string[], subject: SearchSubject): Ordering[] {
  checkKeyCount(entries.length);
  return totalOrder(
    entries.map((entry) => readOrdering(entry, subject)),
    subject,
  );
}

/**
 * Completes requested keys with the default order and the tie-break.
 * @throws AppError invalid_input for a repeated key, and for more than MAX_ORDER_KEYS
 */
export function totalOrder(requested: readonly Ordering[], subject: SearchSubject): Ordering[] {
  checkKeyCount(requested.length);
  const seen = new Set<string>();
  for (const ordering of requested) {
    if (seen.has(identityOf(ordering)))
      throw invalidInput(`\`order_by\` contains duplicate fields: ${shorten(ordering.key)}`);
    seen.add(identityOf(ordering));
  }
  const leading = requested.length > 0 ? requested : subject.defaultOrder;
  const taken = new Set(leading.map(identityOf));
  return [...leading, ...subject.tieBreak.filter((ordering) => !taken.has(identityOf(ordering)))];
}

/** Parses one `order_by` entry. @throws AppError invalid_input for a key without an order in this search */
export function readOrdering(entry: string, subject: SearchSubject): Ordering {
  const reader = new TokenReader(entry);
  const field = readFieldName(reader, subject);
  const word = reader.take()?.text.toUpperCase() ?? 'ASC';
  if (!reader.isAtEnd || (word !== 'ASC' && word !== 'DESC')) {
    throw invalidInput(`Invalid order_by clause '${shorten(entry)}': write "key", "key ASC" or "key DESC"`);
  }
  const known =
    field.kind === 'attribute'
      ? subject.orderAttributes.includes(field.key)
      : subject.orderCollections.includes(field.kind);
  if (!known) throw invalidInput(`Invalid order by key '${shorten(field.key)}' for a ${subject.name} search`);
  return { ...field, ascending: word === 'ASC' };
}

function checkKeyCount(count: number): void {
  if (count > MAX_ORDER_KEYS) throw invalidInput(`order_by has ${count} keys, at most ${MAX_ORDER_KEYS} are allowed`);
}

function identityOf({ kind, key }: Ordering): string {
  return `${kind}.${key}`;
}
