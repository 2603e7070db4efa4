import type { EntityManager } from 'typeorm';
import { invalidInput } from '@fraudflow/core';
import { matchesAbsentTag } from '../../../search/prompt-tag.js';
import {
  ANY_METRIC,
  type CollectionKind,
  type Comparison,
  type DatasetScope,
  type FieldKind,
  type Ordering,
  type SearchPage,
  type SearchQuery,
} from '../../../search/search-subject.js';
import { afterSql, type Bind, orderSql, type SortKey, sortValueOf } from './keyset-sql.js';

/** The rows of a collection: `x` is its table, and `owner` joins it to the searched table `t`. */
interface CollectionSql {
  readonly from: string;
  readonly owner: string;
  readonly value: string;
  /** The condition on the key; `$key` is replaced by the parameter. */
  readonly key: string;
  /** True if an index on (key, left(value, PREFIX_LENGTH)) exists. */
  readonly isIndexedByPrefix?: boolean;
  /** Conditions on data sets, for metrics of logged models. */
  readonly datasetColumns?: { readonly name: string; readonly digest: string };
  /** Order that selects the row for sorting if several match. */
  readonly newestFirst?: string;
}

/** The SQL of the fields of one kind of search. The searched table is `t`. */
export interface SearchTable {
  readonly from: string;
  /** Columns that identify a row, comma-separated. */
  readonly identity: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Numeric attributes; the others are texts, ordered by code point. */
  readonly numbers: readonly string[];
  /** Attributes that may be NULL. */
  readonly nullable?: readonly string[];
  /** SQL type of attributes that are not texts and appear in IN lists. */
  readonly listTypes?: Readonly<Record<string, string>>;
  readonly collections: Readonly<Partial<Record<CollectionKind, CollectionSql>>>;
}

/** Number of first characters by which values are indexed, because an index row is limited. */
const PREFIX_LENGTH = 200;
/** Postgres allows 65,535 bind values in one statement. */
const MAX_BIND_VALUES = 30_000;

/**
 * Runs a search.
 * @returns the identities of the page as rows, in order
 * @throws AppError invalid_input for more values than one statement can bind
 */
export async function searchRows<Row extends object>(
  manager: EntityManager,
  table: SearchTable,
  query: SearchQuery,
): Promise<SearchPage<Row>> {
  const { sql, values, keys } = searchStatement(table, query);
  const rows: (Row & Record<string, unknown>)[] = await manager.query(sql, values);
  const items = rows.slice(0, query.limit);
  const last = items.at(-1);
  const hasMore = rows.length > query.limit && last !== undefined;
  return { items, next: hasMore ? keys.map((key) => sortValueOf(key, last[key.column])) : undefined };
}

/** The statement of a search; exported so that tests can read its plan. */
export function searchStatement(
  table: SearchTable,
  query: SearchQuery,
): { readonly sql: string; readonly values: readonly unknown[]; readonly keys: readonly SortKey[] } {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const conditions = query.comparisons.map((clause) => conditionSql(table, clause, bind));
  const keys = query.orderings.map((ordering, index) => sortKeyOf(table, ordering, index, bind));
  if (query.after) conditions.push(afterSql(keys, query.after, bind));
  const columns = keys.map(({ expression, column }) => `${expression} AS ${column}`);
  const joins = keys.map(({ join }) => join).join('');
  const where = conditions.join(' AND ') || 'TRUE';
  const order = keys.map(orderSql).join(', ');
  const sql = `SELECT ${[table.identity, ...columns].join(', ')} FROM ${table.from}${joins} WHERE ${where} ORDER BY ${order} LIMIT ${bind(query.limit + 1)}`;
  if (values.length > MAX_BIND_VALUES) {
    throw invalidInput(`The search compares with ${values.length} values, at most ${MAX_BIND_VALUES} are allowed`);
  }
  return { sql, values, keys };
}

const BY_CODE_POINT = ' COLLATE "C"';

function conditionSql(table: SearchTable, clause: Comparison, bind: Bind): string {
  if (clause.kind === 'attribute') return attributeSql(table, clause, bind);
  const collection = collectionOf(table, clause.kind);
  const rows = `SELECT 1 FROM ${collection.from} WHERE ${collection.owner} AND ${keySql(collection, clause, bind)}`;
  if (clause.operator === 'IS NULL') return `NOT EXISTS (${rows})`;
  if (clause.operator === 'IS NOT NULL') return `EXISTS (${rows})`;
  const matching = `EXISTS (${rows} AND ${valueSql(collection, clause, bind)})`;
  return matchesAbsentTag(clause) ? `(${matching} OR NOT EXISTS (${rows}))` : matching;
}

function attributeSql(table: SearchTable, clause: Comparison, bind: Bind): string {
  const column = attributeOf(table, clause.key);
  const type = table.listTypes?.[clause.key];
  if (type === undefined || clause.operator !== 'IN') return comparisonSql(column, clause, bind);
  // The cast to the type of the column permits the use of its index. A single value uses `=`, so that the index also
  // provides the order.
  const list = Array.isArray(clause.value) ? clause.value : [];
  return list.length === 1
    ? `${column} = ${bind(list[0])}::${type}`
    : `${column} = ANY(${bind(clause.value)}::${type}[])`;
}

function comparisonSql(column: string, { operator, value, kind }: Comparison, bind: Bind): string {
  // A comparison with NaN is false, whereas Postgres sorts NaN above every number.
  const notNan = kind === 'metric' ? `${column} <> 'NaN' AND ` : '';
  switch (operator) {
    case 'IS NULL':
    case 'IS NOT NULL':
      return `${column} ${operator}`;
    case 'IN':
      return `${column} = ANY(${bind(value)})`;
    case 'NOT IN':
      return `${column} <> ALL(${bind(value)})`;
    case 'LIKE':
    case 'ILIKE':
      return `${column} ${operator} ${bind(value)} ESCAPE ''`;
    case '!=':
      return `${notNan}${column} <> ${bind(value)}${castOf(value)}`;
    default:
      return `${notNan}${column} ${operator} ${bind(value)}${castOf(value)}`;
  }
}

/** A condition on a collection's value. Equality also compares the prefix, which the index contains. */
function valueSql(collection: CollectionSql, clause: Comparison, bind: Bind): string {
  const { value: column, isIndexedByPrefix = false } = collection;
  if (!isIndexedByPrefix || clause.operator !== '=') return comparisonSql(column, clause, bind);
  const wanted = `${bind(clause.value)}::text`;
  return `left(${column}, ${PREFIX_LENGTH}) = left(${wanted}, ${PREFIX_LENGTH}) AND ${column} = ${wanted}`;
}

/** Numbers are bound as doubles: a bigint column may be compared with a fraction. */
function castOf(value: Comparison['value']): string {
  return typeof value === 'number' ? '::float8' : '';
}

function sortKeyOf(table: SearchTable, ordering: Ordering, index: number, bind: Bind): SortKey {
  const { ascending } = ordering;
  const column = `sort_${index}`;
  if (ordering.kind === 'attribute') {
    const isNumber = table.numbers.includes(ordering.key);
    const expression = `${attributeOf(table, ordering.key)}${isNumber ? '' : BY_CODE_POINT}`;
    const isNullable = table.nullable?.includes(ordering.key) ?? false;
    return { column, expression, type: isNumber ? 'integer' : 'text', isNullable, ascending, join: '' };
  }
  const collection = collectionOf(table, ordering.kind);
  const newest = collection.newestFirst === undefined ? '' : ` ORDER BY ${collection.newestFirst}`;
  const rows = `SELECT ${collection.value} AS value FROM ${collection.from} WHERE ${collection.owner} AND ${keySql(collection, ordering, bind)}${newest} LIMIT 1`;
  const type = ordering.kind === 'metric' ? 'double' : 'text';
  const expression = `o${index}.value${type === 'text' ? BY_CODE_POINT : ''}`;
  return {
    column,
    expression,
    type,
    isNullable: true,
    ascending,
    join: ` LEFT JOIN LATERAL (${rows}) o${index} ON TRUE`,
  };
}

function keySql(
  collection: CollectionSql,
  { key, datasets = [] }: { readonly key: string; readonly datasets?: readonly DatasetScope[] | undefined },
  bind: Bind,
): string {
  if (key === ANY_METRIC) return datasetSql(collection, datasets, bind) ?? 'TRUE';
  const condition = collection.key.includes('$key') ? collection.key.replace('$key', bind(key)) : collection.key;
  const scope = datasetSql(collection, datasets, bind);
  return scope === undefined ? condition : `${condition} AND ${scope}`;
}

function datasetSql(
  { datasetColumns: columns }: CollectionSql,
  datasets: readonly DatasetScope[],
  bind: Bind,
): string | undefined {
  if (!columns || datasets.length === 0) return undefined;
  const scopes = datasets.map(({ name, digest }) => {
    const byName = `${columns.name} = ${bind(name)}`;
    return digest === undefined ? byName : `(${byName} AND ${columns.digest} = ${bind(digest)})`;
  });
  return `(${scopes.join(' OR ')})`;
}

function attributeOf(table: SearchTable, key: string): string {
  const column = table.attributes[key];
  if (column === undefined) throw new TypeError(`no column for attribute ${key}`);
  return column;
}

function collectionOf(table: SearchTable, kind: Exclude<FieldKind, 'attribute'>): CollectionSql {
  const collection = table.collections[kind];
  if (!collection) throw new TypeError(`no table for ${kind}`);
  return collection;
}
