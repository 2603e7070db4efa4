import { invalidInput } from '@fraudflow/core';
import type { Token } from './filter-lexer.js';
import type { FieldKind, FieldRule, SearchSubject } from './search-subject.js';

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
 * Reads `key`, `prefix.key`, `` prefix.`any key` `` or `` `key` `` at the head of the tokens.
 * @returns the field and how many tokens it took.
 * @throws AppError invalid_input if no key stands there or the subject has no such prefix.
 */
export function readFieldName(tokens: readonly Token[], subject: SearchSubject): [FieldName, number] {
  const [head, next] = tokens;
  if (head?.kind === 'quoted' && head.quote !== "'") return [attribute(head.text, subject), 1];
  if (head?.kind !== 'word') {
    throw invalidInput(`Invalid clause: expected a ${subject.name} key, found ${head ? `"${head.text}"` : 'nothing'}`);
  }
  const dot = head.text.indexOf('.');
  if (dot < 0) return [attribute(head.text, subject), 1];
  const kind = kindOf(head.text.slice(0, dot), subject);
  const rest = head.text.slice(dot + 1);
  if (rest !== '') return [fieldOf(kind, rest, subject), 1];
  if (next?.kind !== 'quoted' || next.quote === "'") throw invalidInput(`Invalid clause: "${head.text}" has no key`);
  return [fieldOf(kind, next.text, subject), 2];
}

/**
 * The rule of a field.
 * @throws AppError invalid_input if the subject has no such attribute.
 */
export function ruleOf(field: FieldName, subject: SearchSubject): FieldRule {
  const rule = field.kind === 'attribute' ? subject.attributes[field.key] : subject.collections[field.kind];
  if (rule) return rule;
  const known = Object.keys(subject.attributes).join(', ');
  throw invalidInput(`Invalid attribute key '${field.key}' for a ${subject.name} search. Valid keys: ${known}`);
}

function attribute(key: string, subject: SearchSubject): FieldName {
  return fieldOf('attribute', key, subject);
}

function fieldOf(kind: FieldKind, key: string, subject: SearchSubject): FieldName {
  return { kind, key: kind === 'attribute' ? (subject.aliases[key] ?? key) : key };
}

function kindOf(prefix: string, subject: SearchSubject): FieldKind {
  const kind = PREFIXES[prefix];
  if (kind === 'attribute' || (kind !== undefined && subject.collections[kind] !== undefined)) return kind;
  throw invalidInput(`Invalid entity type '${prefix}' for a ${subject.name} search`);
}
