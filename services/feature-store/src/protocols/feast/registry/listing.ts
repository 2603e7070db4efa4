import { feastRegistryServer } from '@fraudflow/contracts';
import type { Listed } from './registry-objects.js';

type Pagination = feastRegistryServer.PaginationParams;
type Sorting = feastRegistryServer.SortingParams;

/** Options of a list request. Without any, all objects are listed in the order of the definitions. */
export interface ListOptions {
  readonly tags: Readonly<Record<string, string>>;
  readonly pagination: Pagination | undefined;
  readonly sorting: Sorting | undefined;
}

export interface Page<T> {
  readonly items: T[];
  readonly pagination: feastRegistryServer.PaginationMetadata;
}

/**
 * One page of the objects that have all tags, sorted by a field. The sort is stable; an unknown field leaves the order
 * unchanged.
 */
export function pageOf<T>(objects: readonly Listed<T>[], options: ListOptions): Page<T> {
  const tagged = objects.filter(({ tags }) =>
    Object.entries(options.tags).every(([key, value]) => tags[key] === value),
  );
  const sorted = sort(tagged, options.sorting);
  const { page, limit } = options.pagination ?? { page: 0, limit: 0 };
  const isPaged = page > 0 && limit > 0;
  const from = (page - 1) * limit;
  const shown = isPaged ? sorted.slice(from, from + limit) : sorted;
  return { items: shown.map(({ proto }) => proto), pagination: metadata(sorted.length, isPaged, { page, limit }) };
}

function sort<T>(objects: readonly Listed<T>[], sorting: Sorting | undefined): readonly Listed<T>[] {
  const field = sorting?.sortBy.trim().replace(/^spec\./, '') ?? '';
  if (field !== 'name' && field !== 'description') return objects;
  const sign = sorting?.sortOrder.toLowerCase() === 'desc' ? -1 : 1;
  return objects.toSorted((a, b) => sign * compare(a[field].toLowerCase(), b[field].toLowerCase()));
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function metadata(
  totalCount: number,
  isPaged: boolean,
  { page, limit }: { readonly page: number; readonly limit: number },
): feastRegistryServer.PaginationMetadata {
  const totalPages = isPaged ? Math.ceil(totalCount / limit) : Math.min(1, totalCount);
  return feastRegistryServer.PaginationMetadata.fromPartial({
    page: isPaged ? page : 0,
    limit: isPaged ? limit : 0,
    totalCount,
    totalPages,
    hasNext: isPaged && page < totalPages,
    hasPrevious: isPaged && page > 1,
  });
}
