import { invalidInput } from '@fraudflow/core';
import { readFieldName } from './field-name.js';
import { tokenize } from './filter-lexer.js';
import type { Ordering, SearchSubject } from './search-subject.js';

/**
 * Parses `order_by` entries (`key [ASC|DESC]`) into a total order: the caller's keys, else the default, then the tie-break.
 * @throws AppError invalid_input for an unknown or repeated key.
 */
export function parseOrder(entries: readonly string[], subject: SearchSubject): Ordering[] {
  return totalOrder(
    entries.map((entry) => readOrdering(entry, subject)),
    subject,
  );
}

/**
 * Completes requested keys with the default order and the tie-break.
 * @throws AppError invalid_input for a repeated key.
 */
export function totalOrder(requested: readonly Ordering[], subject: SearchSubject): Ordering[] {
  const seen = new Set<string>();
  for (const ordering of requested) {
    if (seen.has(identityOf(ordering))) throw invalidInput(`\`order_by\` contains duplicate fields: ${ordering.key}`);
    seen.add(identityOf(ordering));
  }
  const leading = requested.length > 0 ? requested : subject.defaultOrder;
  const taken = new Set(leading.map(identityOf));
  return [...leading, ...subject.tieBreak.filter((ordering) => !taken.has(identityOf(ordering)))];
}

/** Parses one `order_by` entry. @throws AppError invalid_input for a key that cannot order this search. */
export function readOrdering(entry: string, subject: SearchSubject): Ordering {
  const tokens = tokenize(entry);
  const [field, taken] = readFieldName(tokens, subject);
  const [direction, ...excess] = tokens.slice(taken);
  const word = direction?.text.toUpperCase() ?? 'ASC';
  if (excess.length > 0 || (word !== 'ASC' && word !== 'DESC')) {
    throw invalidInput(`Invalid order_by clause '${entry}': write "key", "key ASC" or "key DESC"`);
  }
  const known =
    field.kind === 'attribute'
      ? subject.orderAttributes.includes(field.key)
      : subject.orderCollections.includes(field.kind);
  if (!known) throw invalidInput(`Invalid order by key '${field.key}' for a ${subject.name} search`);
  return { ...field, ascending: word === 'ASC' };
}

function identityOf({ kind, key }: Ordering): string {
  return `${kind}.${key}`;
}
