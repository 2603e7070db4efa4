import { defined } from '@fraudflow/core';
import type { Cursor, SortValue } from '../../../search/search-subject.js';

export type Bind = (value: unknown) => string;

/** One key of an order as SQL. */
export interface SortKey {
  /** Name of its column in the result, so that a cursor can be read from the last row. */
  readonly column: string;
  /** The value, with its collation. */
  readonly expression: string;
  readonly type: 'integer' | 'double' | 'text';
  readonly isNullable: boolean;
  readonly ascending: boolean;
  /** The lateral join of the expression; may be empty. */
  readonly join: string;
}

/**
 * Order in both directions: values, then NaN, then absent values. A plain index on the column can serve it.
 */
export function orderSql({ expression, type, isNullable, ascending }: SortKey): string {
  const nanLast = type === 'double' ? `(${expression} = 'NaN') ASC NULLS LAST, ` : '';
  return `${nanLast}${expression} ${ascending ? 'ASC' : 'DESC'}${isNullable ? ' NULLS LAST' : ''}`;
}

/** The condition for rows strictly after a cursor: equal in the first keys and after it in the next one. */
export function afterSql(keys: readonly SortKey[], cursor: Cursor, bind: Bind): string {
  const bounds = keys.map((key, index) => boundOf(key, cursor[index] ?? null, bind));
  const alternatives = bounds.map(({ isAfter }, index) =>
    [...bounds.slice(0, index).map(({ isEqual }) => isEqual), isAfter].join(' AND '),
  );
  const first = defined(bounds[0], 'a sort key');
  return `${first.range}(${alternatives.map((alternative) => `(${alternative})`).join(' OR ')})`;
}

interface Bound {
  readonly isEqual: string;
  readonly isAfter: string;
  /** A redundant condition that an index on the key can serve; may be empty. */
  readonly range: string;
}

function boundOf(key: SortKey, value: SortValue, bind: Bind): Bound {
  const { expression, type, isNullable, ascending } = key;
  if (value === null) return { isEqual: `${expression} IS NULL`, isAfter: 'FALSE', range: '' };
  if (Number.isNaN(value)) return { isEqual: `${expression} = 'NaN'`, isAfter: `${expression} IS NULL`, range: '' };
  const limit = type === 'double' ? `${bind(value)}::float8` : bind(value);
  const beyond = `${expression} ${ascending ? '>' : '<'} ${limit}`;
  // Postgres sorts NaN above every number, so an ascending order needs no condition for it.
  const orNan = type === 'double' && !ascending ? ` OR ${expression} = 'NaN'` : '';
  const orNull = isNullable ? ` OR ${expression} IS NULL` : '';
  const range = isNullable ? '' : `${expression} ${ascending ? '>=' : '<='} ${limit} AND `;
  return { isEqual: `${expression} = ${limit}`, isAfter: `(${beyond}${orNan}${orNull})`, range };
}

/** A value of the result as a cursor value. The driver returns bigints as text. */
export function sortValueOf({ type }: SortKey, value: unknown): SortValue {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  return type === 'text' ? String(value) : Number(value);
}
