import { invalidInput } from '@fraudflow/core';
import type { CardTokeniser } from './card-tokeniser.js';

/** Maximum nesting of the fields that a producer adds. */
export const MAX_DEPTH = 32;
/** Smaller numbers have fewer digits than a card number. */
const MIN_CARD_VALUE = 1e11;

/**
 * The fields that the schema does not define, unchanged except that card numbers in names and values are replaced by
 * their tokens. A number that was a card number becomes text.
 * @returns undefined if there are none
 * @throws AppError invalid_input JSON_TOO_DEEP
 */
export function extraFields(
  input: Readonly<Record<string, unknown>>,
  ownFields: ReadonlySet<string>,
  cards: CardTokeniser,
): Record<string, unknown> | undefined {
  let extra: Record<string, unknown> | undefined;
  for (const name in input) {
    if (!ownFields.has(name)) setMember((extra ??= {}), cards.scrub(name), scrubbed(input[name], cards, 1));
  }
  return extra;
}

/** The same value if nothing had to be replaced in it. */
function scrubbed(value: unknown, cards: CardTokeniser, depth: number): unknown {
  if (typeof value === 'string') return cards.scrub(value);
  if (typeof value === 'number') return scrubbedNumber(value, cards);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) {
    throw invalidInput(`the record has more than ${MAX_DEPTH} levels of nesting; send a flatter one`, {
      code: 'JSON_TOO_DEEP',
    });
  }
  return Array.isArray(value) ? scrubbedList(value, cards, depth) : scrubbedObject(value, cards, depth);
}

function scrubbedNumber(value: number, cards: CardTokeniser): unknown {
  if (Math.abs(value) < MIN_CARD_VALUE || !Number.isSafeInteger(value)) return value;
  const text = String(value);
  const clean = cards.scrub(text);
  return clean === text ? value : clean;
}

function scrubbedList(list: readonly unknown[], cards: CardTokeniser, depth: number): unknown {
  const clean = list.map((item) => scrubbed(item, cards, depth + 1));
  return clean.every((item, index) => item === list[index]) ? list : clean;
}

function scrubbedObject(object: object, cards: CardTokeniser, depth: number): unknown {
  const clean: Record<string, unknown> = {};
  let isSame = true;
  for (const [name, value] of Object.entries(object)) {
    const cleanName = cards.scrub(name);
    const cleanValue = scrubbed(value, cards, depth + 1);
    isSame &&= cleanName === name && cleanValue === value;
    setMember(clean, cleanName, cleanValue);
  }
  return isSame ? object : clean;
}

/** An assignment to `__proto__` would change the prototype and keep nothing. */
function setMember(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') target[name] = value;
  else Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}
