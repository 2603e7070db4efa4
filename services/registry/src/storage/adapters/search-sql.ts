import type { EntityManager } from 'typeorm';
import { matchesAbsentTag } from '../../search/prompt-tag.js';
import type {
  CollectionKind,
  Comparison,
  DatasetScope,
  FieldKind,
  Ordering,
  SearchPage,
  SearchQuery,
} from '../../search/search-subject.js';

/** Where a collection's rows lie: `alias` is the table's name in the clause, `owner` ties them to the thing searched, `t`. */
interface CollectionSql {
  readonly from: string;
  readonly owner: string;
  readonly value: string;
  /** The key's condition; `$key` stands for the parameter. */
  readonly key: string;
  /** Conditions on data sets, for metrics of logged models. */
  readonly datasetColumns?: { readonly name: string; readonly digest: string };
  /** Which row counts for ordering when several match. */
  readonly newestFirst?: string;
}

/** How the fields of one kind of thing are written in SQL. The table searched is `t`. */
export interface SearchTable {
  readonly from: string;
  /** Columns that identify a row, comma-separated. */
  readonly identity: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Attributes that are numbers; the others are texts and are ordered by code point, as everywhere else. */
  readonly numbers: readonly string[];
  readonly collections: Readonly<Partial<Record<CollectionKind, CollectionSql>>>;
}

/** Runs a search. @returns the identities on the page, in order, as rows. */
export async function searchRows<Row>(
  manager: EntityManager,
  table: SearchTable,
  query: SearchQuery,
): Promise<SearchPage<Row>> {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const where = query.comparisons.map((clause) => conditionSql(table, clause, bind)).join(' AND ') || 'TRUE';
  const order = query.orderings.map((ordering) => orderSql(table, ordering, bind)).join(', ');
  const sql = `SELECT ${table.identity} FROM ${table.from} WHERE ${where} ORDER BY ${order} LIMIT ${bind(query.limit + 1)} OFFSET ${bind(query.offset)}`;
  const rows: Row[] = await manager.query(sql, values);
  return { items: rows.slice(0, query.limit), hasMore: rows.length > query.limit };
}

const BY_CODE_POINT = ' COLLATE "C"';

type Bind = (value: unknown) => string;

function conditionSql(table: SearchTable, clause: Comparison, bind: Bind): string {
  if (clause.kind === 'attribute') return comparisonSql(attributeOf(table, clause.key), clause, bind);
  const collection = collectionOf(table, clause.kind);
  const rows = `SELECT 1 FROM ${collection.from} WHERE ${collection.owner} AND ${keySql(collection, clause, bind)}`;
  if (clause.operator === 'IS NULL') return `NOT EXISTS (${rows})`;
  if (clause.operator === 'IS NOT NULL') return `EXISTS (${rows})`;
  const matching = `EXISTS (${rows} AND ${comparisonSql(collection.value, clause, bind)})`;
  return matchesAbsentTag(clause) ? `(${matching} OR NOT EXISTS (${rows}))` : matching;
}

function comparisonSql(column: string, { operator, value, kind }: Comparison, bind: Bind): string {
  // NaN equals nothing and is greater than nothing, whereas Postgres puts it above every number.
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

/** Numbers travel as doubles: a fraction compared with a bigint column is a fair question. */
function castOf(value: Comparison['value']): string {
  return typeof value === 'number' ? '::float8' : '';
}

/** Present values first, then NaN, then absent ones, whatever the direction. */
function orderSql(table: SearchTable, ordering: Ordering, bind: Bind): string {
  const direction = ordering.ascending ? 'ASC' : 'DESC';
  if (ordering.kind === 'attribute') {
    const collation = table.numbers.includes(ordering.key) ? '' : BY_CODE_POINT;
    return `${attributeOf(table, ordering.key)}${collation} ${direction} NULLS LAST`;
  }
  const collection = collectionOf(table, ordering.kind);
  const newest = collection.newestFirst === undefined ? '' : ` ORDER BY ${collection.newestFirst}`;
  const value = `(SELECT ${collection.value} FROM ${collection.from} WHERE ${collection.owner} AND ${keySql(collection, ordering, bind)}${newest} LIMIT 1)`;
  const nanLast = ordering.kind === 'metric' ? `(${value} IS NOT DISTINCT FROM 'NaN') ASC, ` : '';
  return `(${value} IS NULL) ASC, ${nanLast}${value}${ordering.kind === 'metric' ? '' : BY_CODE_POINT} ${direction}`;
}

function keySql(
  collection: CollectionSql,
  { key, datasets = [] }: { readonly key: string; readonly datasets?: readonly DatasetScope[] | undefined },
  bind: Bind,
): string {
  const condition = collection.key.includes('$key') ? collection.key.replace('$key', bind(key)) : collection.key;
  const columns = collection.datasetColumns;
  if (!columns || datasets.length === 0) return condition;
  const scopes = datasets.map(({ name, digest }) => {
    const byName = `${columns.name} = ${bind(name)}`;
    return digest === undefined ? byName : `(${byName} AND ${columns.digest} = ${bind(digest)})`;
  });
  return `${condition} AND (${scopes.join(' OR ')})`;
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
