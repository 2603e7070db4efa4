import { invalidInput } from '@fraudflow/core';
import { type FieldName, readFieldName, ruleOf } from './field-name.js';
import { type Token, tokenize } from './filter-lexer.js';
import type { Comparison, FieldRule, Operator, SearchSubject } from './search-subject.js';

const DATASET_KEYS = new Set(['name', 'digest', 'context']);

/**
 * Parses a search filter: comparisons joined by AND (no OR, no grouping), e.g. `metrics.loss < 0.1 AND tags.team = 'a'`.
 * An absent or blank filter has no clauses and matches everything.
 * @throws AppError invalid_input for anything outside the subject's grammar.
 */
export function parseFilter(text: string | undefined, subject: SearchSubject): Comparison[] {
  let rest: readonly Token[] = tokenize(text ?? '');
  const comparisons: Comparison[] = [];
  while (rest.length > 0) {
    const [comparison, taken] = readComparison(rest, subject);
    comparisons.push(comparison);
    rest = afterAnd(rest.slice(taken));
  }
  return comparisons;
}

function afterAnd(rest: readonly Token[]): readonly Token[] {
  const [joiner] = rest;
  if (!joiner) return rest;
  if (!isWord(joiner, 'AND')) throw invalidInput(`Invalid clause: expected AND, found "${joiner.text}"`);
  if (rest.length === 1) throw invalidInput('Invalid clause: nothing follows AND');
  return rest.slice(1);
}

function readComparison(tokens: readonly Token[], subject: SearchSubject): [Comparison, number] {
  const [field, fieldLength] = readFieldName(tokens, subject);
  const rule = ruleOf(field, subject);
  if (field.kind === 'dataset' && !DATASET_KEYS.has(field.key)) {
    throw invalidInput(`Invalid dataset key '${field.key}'. Valid keys: name, digest, context`);
  }
  const [operator, operatorLength] = readOperator(tokens.slice(fieldLength));
  if (!rule.operators.includes(operator)) {
    throw invalidInput(`Invalid comparator '${operator}' for ${field.kind} '${field.key}'`);
  }
  const used = fieldLength + operatorLength;
  const [value, valueLength] = readValue(tokens.slice(used), operator, rule, field);
  return [{ ...field, operator, value }, used + valueLength];
}

const WORD_OPERATORS = ['LIKE', 'ILIKE', 'IN', 'NOT IN', 'IS NULL', 'IS NOT NULL'] as const;

function readOperator(tokens: readonly Token[]): [Operator, number] {
  const [first] = tokens;
  if (first?.kind === 'symbol' && !'(),'.includes(first.text)) return [first.text as Operator, 1];
  for (const operator of WORD_OPERATORS) {
    const words = operator.split(' ');
    if (words.every((word, index) => isWord(tokens[index], word))) return [operator, words.length];
  }
  throw invalidInput(`Invalid comparator ${first ? `'${first.text}'` : 'at the end of the filter'}`);
}

function readValue(
  tokens: readonly Token[],
  operator: Operator,
  rule: FieldRule,
  field: FieldName,
): [Comparison['value'], number] {
  if (operator === 'IS NULL' || operator === 'IS NOT NULL') return [null, 0];
  if (operator === 'IN' || operator === 'NOT IN') return readList(tokens, field);
  const [token] = tokens;
  if (rule.value === 'number') return [numberLiteral(token, field), 1];
  return [textLiteral(token, field), 1];
}

function readList(tokens: readonly Token[], field: FieldName): [string[], number] {
  const values: string[] = [];
  let at = 0;
  do {
    const expected = at === 0 ? '(' : ',';
    if (tokens[at]?.text !== expected) throw invalidInput(`Invalid list for '${field.key}': expected "${expected}"`);
    values.push(textLiteral(tokens[at + 1], field));
    at += 2;
  } while (tokens[at]?.kind === 'symbol' && tokens[at]?.text !== ')');
  if (tokens[at]?.text !== ')') throw invalidInput(`Invalid list for '${field.key}': it is never closed`);
  return [values, at + 1];
}

function numberLiteral(token: Token | undefined, field: FieldName): number {
  if (token?.kind === 'number') return Number(token.text);
  throw invalidInput(`Expected a numeric value for ${field.kind} '${field.key}'. Found ${describe(token)}`);
}

function textLiteral(token: Token | undefined, field: FieldName): string {
  if (token?.kind === 'quoted' && token.quote !== '`') return token.text;
  throw invalidInput(`Expected a quoted string value for ${field.kind} '${field.key}'. Found ${describe(token)}`);
}

function describe(token: Token | undefined): string {
  return token ? `${token.kind} ${token.text}` : 'the end of the filter';
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text.toUpperCase() === word;
}
