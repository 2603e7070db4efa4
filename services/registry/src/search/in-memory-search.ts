import { matchesAbsentTag } from './prompt-tag.js';
import type {
  Comparison,
  Cursor,
  DatasetScope,
  FieldKind,
  Operator,
  SearchPage,
  SearchQuery,
  SortValue,
} from './search-subject.js';

/** All values of an item under a key, empty if absent. Metrics of logged models may have several, newest first. */
export type ReadField<T> = (
  item: T,
  kind: FieldKind,
  key: string,
  datasets: readonly DatasetScope[] | undefined,
) => readonly (string | number)[];

/** Reference implementation of the search, against which the SQL of the Postgres store is tested. */
export function searchInMemory<T>(items: readonly T[], query: SearchQuery, read: ReadField<T>): SearchPage<T> {
  const found = items.filter((item) =>
    query.comparisons.every((clause) => holds(clause, read(item, clause.kind, clause.key, clause.datasets))),
  );
  const valuesOf = (item: T): Cursor => sortValues(item, query, read);
  const sorted = found.map((item) => ({ item, values: valuesOf(item) }));
  sorted.sort((a, b) => compareSortValues(a.values, b.values, query));
  const { after } = query;
  const rest = after ? sorted.filter(({ values }) => compareSortValues(values, after, query) > 0) : sorted;
  const page = rest.slice(0, query.limit);
  return { items: page.map(({ item }) => item), next: rest.length > page.length ? page.at(-1)?.values : undefined };
}

/**
 * True if any of the values satisfies the clause. An absent field satisfies only `IS NULL` and the rule of the prompt
 * tag.
 */
export function holds(clause: Comparison, values: readonly (string | number)[]): boolean {
  if (clause.operator === 'IS NULL') return values.length === 0;
  if (clause.operator === 'IS NOT NULL') return values.length > 0;
  if (values.length === 0) return matchesAbsentTag(clause);
  return values.some((value) => satisfies(value, clause));
}

function satisfies(value: string | number, { operator, value: wanted }: Comparison): boolean {
  if (Number.isNaN(value) || wanted === null) return false;
  if (isList(wanted)) return wanted.includes(String(value)) === (operator === 'IN');
  return COMPARE[operator]?.(value, wanted) ?? false;
}

type Scalar = string | number;

const COMPARE: Readonly<Partial<Record<Operator, (value: Scalar, wanted: Scalar) => boolean>>> = {
  '=': (value, wanted) => value === wanted,
  '!=': (value, wanted) => value !== wanted,
  '>': (value, wanted) => value > wanted,
  '>=': (value, wanted) => value >= wanted,
  '<': (value, wanted) => value < wanted,
  '<=': (value, wanted) => value <= wanted,
  LIKE: (value, wanted) => isLike(String(value), String(wanted)),
  ILIKE: (value, wanted) => isLike(String(value).toLowerCase(), String(wanted).toLowerCase()),
};

function isList(value: Comparison['value']): value is readonly string[] {
  return Array.isArray(value);
}

/**
 * SQL LIKE for the whole text: `%` matches any characters, `_` matches one character, and there is no escape. Takes at
 * most pattern × text steps, because a mismatch only extends the last `%`.
 */
export function isLike(text: string, pattern: string): boolean {
  const characters = [...text];
  const wanted = [...pattern];
  let at = 0;
  let next = 0;
  let retryNext = -1;
  let retryAt = 0;
  while (at < characters.length) {
    if (wanted[next] === '%') {
      retryNext = ++next;
      retryAt = at;
    } else if (next < wanted.length && (wanted[next] === '_' || wanted[next] === characters[at])) {
      at += 1;
      next += 1;
    } else if (retryNext >= 0) {
      at = ++retryAt;
      next = retryNext;
    } else {
      return false;
    }
  }
  return wanted.slice(next).every((rest) => rest === '%');
}

function sortValues<T>(item: T, { orderings }: SearchQuery, read: ReadField<T>): Cursor {
  return orderings.map(({ kind, key, datasets }) => read(item, kind, key, datasets)[0] ?? null);
}

function compareSortValues(a: Cursor, b: Cursor, { orderings }: SearchQuery): number {
  for (const [index, { ascending }] of orderings.entries()) {
    const left = a[index] ?? null;
    const right = b[index] ?? null;
    const byPresence = rank(left) - rank(right);
    if (byPresence !== 0) return byPresence;
    if (rank(left) > 0 || left === right || left === null || right === null) continue;
    return left < right === ascending ? -1 : 1;
  }
  return 0;
}

/** Order in both directions: values, then NaN, then absent values. */
function rank(value: SortValue): number {
  if (value === null) return 2;
  return Number.isNaN(value) ? 1 : 0;
}
