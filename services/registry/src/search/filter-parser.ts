import { invalidInput } from '@fraudflow/core';
import { type FieldName, readFieldName, ruleOf, shorten } from './field-name.js';
import type { Token } from './filter-lexer.js';
import type { Comparison, FieldRule, Operator, SearchSubject } from './search-subject.js';
import { TokenReader } from './token-reader.js';

/** Maximum number of comparisons in one filter: each may become a subquery. */
export const MAX_CLAUSES = 100;
const DATASET_KEYS = new Set(['name', 'digest', 'context']);

/**
 * Parses a search filter: comparisons joined by AND (no OR, no grouping), e.g. `metrics.loss < 0.1 AND tags.team =
 * 'a'`. An absent or blank filter has no clauses and matches everything.
 * @throws AppError invalid_input for a filter outside the subject's grammar, and for more than MAX_CLAUSES comparisons
 */
export function parseFilter(text: string | undefined, subject: SearchSubject): Comparison[] {
  const reader = new TokenReader(text ?? '');
  const comparisons: Comparison[] = [];
  while (!reader.isAtEnd) {
    if (comparisons.length === MAX_CLAUSES) {
      throw invalidInput(`Invalid filter string: it has more than ${MAX_CLAUSES} comparisons. Split the search.`);
    }
    comparisons.push(readComparison(reader, subject));
    skipAnd(reader);
  }
  return comparisons;
}

function skipAnd(reader: TokenReader): void {
  const joiner = reader.peek();
  if (!joiner) return;
  if (!reader.takeWords(['AND'])) {
    throw invalidInput(`Invalid clause: expected AND, found "${shorten(joiner.text)}"`);
  }
  if (reader.isAtEnd) throw invalidInput('Invalid clause: nothing follows AND');
}

function readComparison(reader: TokenReader, subject: SearchSubject): Comparison {
  const field = readFieldName(reader, subject);
  const rule = ruleOf(field, subject);
  if (field.kind === 'dataset' && !DATASET_KEYS.has(field.key)) {
    throw invalidInput(`Invalid dataset key '${shorten(field.key)}'. Valid keys: name, digest, context`);
  }
  const operator = readOperator(reader);
  if (!rule.operators.includes(operator)) {
    throw invalidInput(`Invalid comparator '${operator}' for ${spell(field)}`);
  }
  return { ...field, operator, value: readValue(reader, operator, rule, field) };
}

const WORD_OPERATORS = ['LIKE', 'ILIKE', 'IN', 'NOT IN', 'IS NULL', 'IS NOT NULL'] as const;

function readOperator(reader: TokenReader): Operator {
  const first = reader.peek();
  if (first?.kind === 'symbol' && !'(),'.includes(first.text)) {
    reader.skip(1);
    return first.text as Operator;
  }
  const operator = WORD_OPERATORS.find((known) => reader.takeWords(known.split(' ')));
  if (operator) return operator;
  throw invalidInput(`Invalid comparator ${first ? `'${shorten(first.text)}'` : 'at the end of the filter'}`);
}

function readValue(reader: TokenReader, operator: Operator, rule: FieldRule, field: FieldName): Comparison['value'] {
  if (operator === 'IS NULL' || operator === 'IS NOT NULL') return null;
  if (operator === 'IN' || operator === 'NOT IN') return readList(reader, field);
  return rule.value === 'number' ? numberLiteral(reader.take(), field) : textLiteral(reader.take(), field);
}

function readList(reader: TokenReader, field: FieldName): string[] {
  if (!reader.takeSymbol('(')) throw invalidInput(`Invalid list for '${shorten(field.key)}': expected "("`);
  const values = [textLiteral(reader.take(), field)];
  while (reader.takeSymbol(',')) values.push(textLiteral(reader.take(), field));
  if (!reader.takeSymbol(')')) throw invalidInput(`Invalid list for '${shorten(field.key)}': expected "," or ")"`);
  return values;
}

function numberLiteral(token: Token | undefined, field: FieldName): number {
  if (token?.kind === 'number') return Number(token.text);
  throw invalidInput(`Expected a numeric value for ${spell(field)}. Found ${describe(token)}`);
}

function textLiteral(token: Token | undefined, field: FieldName): string {
  if (token?.kind === 'quoted' && token.quote !== '`') return token.text;
  throw invalidInput(`Expected a quoted string value for ${spell(field)}. Found ${describe(token)}`);
}

function spell({ kind, key }: FieldName): string {
  return `${kind} '${shorten(key)}'`;
}

function describe(token: Token | undefined): string {
  return token ? `${token.kind} ${shorten(token.text)}` : 'the end of the filter';
}
