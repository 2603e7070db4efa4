import { invalidInput } from '@fraudflow/core';
import type { FieldKind, FieldRule, SearchSubject } from './search-subject.js';
import type { TokenReader } from './token-reader.js';

export interface FieldName {
  readonly kind: FieldKind;
  readonly key: string;
}

const PREFIXES: Readonly<Record<string, FieldKind>> = {
  attribute: 'attribute',
  attributes: 'attribute',
  attr: 'attribute',
  run: 'attribute',
  tag: 'tag',
  tags: 'tag',
  param: 'param',
  params: 'param',
  parameter: 'param',
  parameters: 'param',
  metric: 'metric',
  metrics: 'metric',
  dataset: 'dataset',
  datasets: 'dataset',
};

/**
 * Reads `key`, `prefix.key`, `` prefix.`any key` `` or `` `key` `` and advances the reader past it.
 * @throws AppError invalid_input if the next token is not a key or the subject has no such prefix
 */
export function readFieldName(reader: TokenReader, subject: SearchSubject): FieldName {
  const head = reader.take();
  if (head?.kind === 'quoted' && head.quote !== "'") return attribute(head.text, subject);
  if (head?.kind !== 'word') {
    throw invalidInput(
      `Invalid clause: expected a ${subject.name} key, found ${head ? `"${shorten(head.text)}"` : 'nothing'}`,
    );
  }
  const dot = head.text.indexOf('.');
  if (dot < 0) return attribute(head.text, subject);
  const kind = kindOf(head.text.slice(0, dot), subject);
  const rest = head.text.slice(dot + 1);
  if (rest !== '') return fieldOf(kind, rest, subject);
  const key = reader.take();
  if (key?.kind !== 'quoted' || key.quote === "'") throw invalidInput(`Invalid clause: "${head.text}" has no key`);
  return fieldOf(kind, key.text, subject);
}

/**
 * The rule of a field.
 * @throws AppError invalid_input if the subject has no such attribute
 */
export function ruleOf(field: FieldName, subject: SearchSubject): FieldRule {
  const isKnown = field.kind !== 'attribute' || Object.hasOwn(subject.attributes, field.key);
  const rule = field.kind === 'attribute' ? subject.attributes[field.key] : subject.collections[field.kind];
  if (rule && isKnown) return rule;
  const known = Object.keys(subject.attributes).join(', ');
  throw invalidInput(
    `Invalid attribute key '${shorten(field.key)}' for a ${subject.name} search. Valid keys: ${known}`,
  );
}

function attribute(key: string, subject: SearchSubject): FieldName {
  return fieldOf('attribute', key, subject);
}

function fieldOf(kind: FieldKind, key: string, subject: SearchSubject): FieldName {
  return { kind, key: kind === 'attribute' ? unalias(key, subject) : key };
}

function unalias(key: string, { aliases }: SearchSubject): string {
  return (Object.hasOwn(aliases, key) ? aliases[key] : undefined) ?? key;
}

function kindOf(prefix: string, subject: SearchSubject): FieldKind {
  const kind = Object.hasOwn(PREFIXES, prefix) ? PREFIXES[prefix] : undefined;
  if (kind === 'attribute' || (kind !== undefined && subject.collections[kind] !== undefined)) return kind;
  throw invalidInput(`Invalid entity type '${shorten(prefix)}' for a ${subject.name} search`);
}

const MAX_SHOWN_CHARACTERS = 200;

/** A text of the caller, truncated for an error message. */
export function shorten(text: string): string {
  return text.length <= MAX_SHOWN_CHARACTERS ? text : `${text.slice(0, MAX_SHOWN_CHARACTERS)}…`;
}
