import { matchesAbsentTag } from './prompt-tag.js';
import type { Comparison, DatasetScope, FieldKind, Operator, SearchPage, SearchQuery } from './search-subject.js';

/** All values a thing has under a key; none means absent. Metrics of logged models may have several, newest first. */
export type ReadField<T> = (
  item: T,
  kind: FieldKind,
  key: string,
  datasets: readonly DatasetScope[] | undefined,
) => readonly (string | number)[];

/** The search semantics in plain code: the reference that the SQL of the real store is tested against. */
export function searchInMemory<T>(items: readonly T[], query: SearchQuery, read: ReadField<T>): SearchPage<T> {
  const found = items.filter((item) =>
    query.comparisons.every((clause) => holds(clause, read(item, clause.kind, clause.key, clause.datasets))),
  );
  found.sort((a, b) => compareItems(a, b, query, read));
  const end = query.offset + query.limit;
  return { items: found.slice(query.offset, end), hasMore: found.length > end };
}

/** True if any of the values satisfies the clause. An absent field satisfies only `IS NULL` (and the prompt tag's rule). */
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
  LIKE: (value, wanted) => likePattern(String(wanted), '').test(String(value)),
  ILIKE: (value, wanted) => likePattern(String(wanted), 'i').test(String(value)),
};

function isList(value: Comparison['value']): value is readonly string[] {
  return Array.isArray(value);
}

/** SQL LIKE as a regular expression over the whole text: `%` any run, `_` any one character, nothing escapes. */
export function likePattern(pattern: string, flags: string): RegExp {
  const source = pattern
    .replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
    .replaceAll('%', '.*')
    .replaceAll('_', '.');
  return new RegExp(`^${source}$`, `su${flags}`);
}

function compareItems<T>(a: T, b: T, query: SearchQuery, read: ReadField<T>): number {
  for (const { kind, key, ascending, datasets } of query.orderings) {
    const [left] = read(a, kind, key, datasets);
    const [right] = read(b, kind, key, datasets);
    const byPresence = rank(left) - rank(right);
    if (byPresence !== 0) return byPresence;
    if (rank(left) > 0 || left === right || left === undefined || right === undefined) continue;
    return left < right === ascending ? -1 : 1;
  }
  return 0;
}

/** Values come first, then NaN, then absent ones, in either direction. */
function rank(value: string | number | undefined): number {
  if (value === undefined) return 2;
  return Number.isNaN(value) ? 1 : 0;
}
