export type Operator =
  '=' | '!=' | '>' | '>=' | '<' | '<=' | 'LIKE' | 'ILIKE' | 'IN' | 'NOT IN' | 'IS NULL' | 'IS NOT NULL';

export type CollectionKind = 'tag' | 'param' | 'metric' | 'dataset';
export type FieldKind = 'attribute' | CollectionKind;

/** What may be compared with a field, and whether its literals are quoted text or bare numbers. */
export interface FieldRule {
  readonly value: 'text' | 'number';
  readonly operators: readonly Operator[];
}

/** Stands for every metric key in a clause; no real key may hold a `*`. */
export const ANY_METRIC = '*';

/** One metric row counts only if it was logged on one of these data sets; an absent digest accepts any. */
export interface DatasetScope {
  readonly name: string;
  readonly digest?: string | undefined;
}

/** One clause of a filter. `IN` carries a list, `IS [NOT] NULL` carries null. */
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

/** The vocabulary of one kind of search: which keys exist, what may be done with them and how results are ordered. */
export interface SearchSubject {
  /** As shown in error messages, e.g. `run`. */
  readonly name: string;
  readonly attributes: Readonly<Record<string, FieldRule>>;
  /** Other spellings of attributes. */
  readonly aliases: Readonly<Record<string, string>>;
  readonly collections: Readonly<Partial<Record<CollectionKind, FieldRule>>>;
  readonly orderAttributes: readonly string[];
  readonly orderCollections: readonly CollectionKind[];
  readonly defaultOrder: readonly Ordering[];
  /** Appended to every order. Ends in a unique key, so that a cursor names exactly one place. */
  readonly tieBreak: readonly Ordering[];
}

/** The value of one sort key. NaN is a metric's NaN, null an absent value. */
export type SortValue = string | number | null;

/** The sort values of the last row of a page, one per ordering. The next page starts strictly after it. */
export type Cursor = readonly SortValue[];

/**
 * A search ready to run: every clause must hold, in this total order, after the cursor if there is one, at most `limit`
 * results.
 */
export interface SearchQuery {
  readonly comparisons: readonly Comparison[];
  readonly orderings: readonly Ordering[];
  readonly limit: number;
  readonly after: Cursor | undefined;
}

export interface SearchPage<T> {
  readonly items: readonly T[];
  /** Where the next page starts; undefined on the last page. */
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

/** A clause the server adds itself, outside the caller's grammar. */
export const attributeIn = (key: string, values: readonly string[]): Comparison => ({
  kind: 'attribute',
  key,
  operator: 'IN',
  value: values,
});

/** Restricts a search to experiments. A text that is no experiment id matches none. */
export const inExperiments = (experimentIds: readonly string[]): Comparison =>
  attributeIn('experiment_id', [...new Set(experimentIds.filter((id) => /^\d{1,18}$/.test(id)))]);
