export type Operator =
  '=' | '!=' | '>' | '>=' | '<' | '<=' | 'LIKE' | 'ILIKE' | 'IN' | 'NOT IN' | 'IS NULL' | 'IS NOT NULL';

export type CollectionKind = 'tag' | 'param' | 'metric' | 'dataset';
export type FieldKind = 'attribute' | CollectionKind;

/** The operators of a field, and whether its literals are quoted texts or numbers. */
export interface FieldRule {
  readonly value: 'text' | 'number';
  readonly operators: readonly Operator[];
}

/** Matches every metric key in a clause; a key cannot contain `*`. */
export const ANY_METRIC = '*';

/** A data set to which metric clauses are restricted; an absent digest matches any. */
export interface DatasetScope {
  readonly name: string;
  readonly digest?: string | undefined;
}

/** One clause of a filter. The value of `IN` is a list, the value of `IS [NOT] NULL` is null. */
export interface Comparison {
  readonly kind: FieldKind;
  readonly key: string;
  readonly operator: Operator;
  readonly value: string | number | readonly string[] | null;
  /** Only for metrics of logged models; absent or empty means every data set. */
  readonly datasets?: readonly DatasetScope[] | undefined;
}

export interface Ordering {
  readonly kind: FieldKind;
  readonly key: string;
  readonly ascending: boolean;
  readonly datasets?: readonly DatasetScope[] | undefined;
}

/** The fields of one kind of search with their operators, and the order of the results. */
export interface SearchSubject {
  /** Name in error messages, e.g. `run`. */
  readonly name: string;
  readonly attributes: Readonly<Record<string, FieldRule>>;
  /** Other spellings of attributes. */
  readonly aliases: Readonly<Record<string, string>>;
  readonly collections: Readonly<Partial<Record<CollectionKind, FieldRule>>>;
  readonly orderAttributes: readonly string[];
  readonly orderCollections: readonly CollectionKind[];
  readonly defaultOrder: readonly Ordering[];
  /** Appended to every order. Ends with a unique key, so that a cursor identifies one row. */
  readonly tieBreak: readonly Ordering[];
}

/** The value of one sort key. NaN is a metric's NaN, null an absent value. */
export type SortValue = string | number | null;

/** The sort values of the last row of a page, one per ordering. The next page starts strictly after it. */
export type Cursor = readonly SortValue[];

/**
 * A parsed search: at most `limit` items that satisfy all clauses, in this total order, after the cursor if there is
 * one.
 */
export interface SearchQuery {
  readonly comparisons: readonly Comparison[];
  readonly orderings: readonly Ordering[];
  readonly limit: number;
  readonly after: Cursor | undefined;
}

export interface SearchPage<T> {
  readonly items: readonly T[];
  /** The cursor of the next page; undefined on the last page. */
  readonly next: Cursor | undefined;
}

const TEXT: readonly Operator[] = ['=', '!=', 'LIKE', 'ILIKE'];
const NULL_CHECKS: readonly Operator[] = ['IS NULL', 'IS NOT NULL'];
const MEMBERSHIP: readonly Operator[] = ['IN', 'NOT IN'];

export const NUMBER_FIELD: FieldRule = { value: 'number', operators: ['=', '!=', '>', '>=', '<', '<='] };
export const TEXT_FIELD: FieldRule = { value: 'text', operators: TEXT };
export const NULLABLE_TEXT_FIELD: FieldRule = { value: 'text', operators: [...TEXT, ...NULL_CHECKS] };
export const LISTABLE_TEXT_FIELD: FieldRule = { value: 'text', operators: [...TEXT, ...MEMBERSHIP] };

export const by = (key: string, ascending: boolean): Ordering => ({ kind: 'attribute', key, ascending });

/** A clause that the server adds to the caller's clauses. */
export const attributeIn = (key: string, values: readonly string[]): Comparison => ({
  kind: 'attribute',
  key,
  operator: 'IN',
  value: values,
});

/** Restricts a search to experiments. A text that is not an experiment id matches none. */
export const inExperiments = (experimentIds: readonly string[]): Comparison =>
  attributeIn('experiment_id', [...new Set(experimentIds.filter((id) => /^\d{1,18}$/.test(id)))]);
