import { invalidInput } from '@fraudflow/core';
import { parseFilter } from './filter-parser.js';
import { parseOrder, totalOrder } from './order-parser.js';
import { decodePageToken, encodePageToken } from './page-token.js';
import type { Comparison, DatasetScope, Ordering, SearchPage, SearchQuery, SearchSubject } from './search-subject.js';

/** What every search call carries, whatever it searches for. */
export interface SearchRequest {
  readonly filter?: string | undefined;
  readonly orderBy?: readonly string[] | undefined;
  /** Keys already parsed, for calls that send them as messages instead of text. */
  readonly orderings?: readonly Ordering[] | undefined;
  /** Metric clauses look only at rows of these data sets. */
  readonly datasets?: readonly DatasetScope[] | undefined;
  readonly pageToken?: string | undefined;
  readonly maxResults: number;
}

export interface TokenPage<T> {
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly nextPageToken: string | undefined;
}

/** What is searched, and the bounds the server sets. */
export interface SearchScope {
  readonly subject: SearchSubject;
  /** Greatest max_results the call allows. */
  readonly limit: number;
  /** Clauses outside the caller's grammar, e.g. the experiments searched. */
  readonly clauses: readonly Comparison[];
}

/**
 * Runs one search: parses filter, order and token, adds the server's own clauses and encodes the next token.
 * @throws AppError invalid_input for a bad filter, order, token or max_results.
 */
export async function runSearch<T>(
  request: SearchRequest,
  { subject, limit, clauses }: SearchScope,
  search: (query: SearchQuery) => Promise<SearchPage<T>>,
): Promise<TokenPage<T>> {
  return pageThrough(request, limit, describeSearch(request, clauses), (offset) =>
    search({
      comparisons: [...clauses, ...restrictMetrics(parseFilter(request.filter, subject), request.datasets)],
      orderings: request.orderings
        ? totalOrder(request.orderings, subject)
        : parseOrder(request.orderBy ?? [], subject),
      limit: request.maxResults,
      offset,
    }),
  );
}

/**
 * Checks max_results, decodes the page token and encodes the next one around a fetch by offset.
 * @param description text that identifies the search; a token of another one is refused.
 * @throws AppError invalid_input for a bad token or max_results.
 */
export async function pageThrough<T>(
  request: { readonly pageToken?: string | undefined; readonly maxResults: number },
  limit: number,
  description: string,
  fetch: (offset: number) => Promise<SearchPage<T>>,
): Promise<TokenPage<T>> {
  const { maxResults } = request;
  if (maxResults < 1 || maxResults > limit) {
    throw invalidInput(
      `Invalid value ${maxResults} for parameter 'max_results' supplied: it must be between 1 and ${limit}`,
    );
  }
  const offset = decodePageToken(request.pageToken, description);
  const page = await fetch(offset);
  const nextPageToken = page.hasMore ? encodePageToken(offset + page.items.length, description) : undefined;
  return { items: page.items, nextPageToken };
}

function restrictMetrics(
  clauses: readonly Comparison[],
  datasets: readonly DatasetScope[] = [],
): readonly Comparison[] {
  return clauses.map((clause) => (clause.kind === 'metric' ? { ...clause, datasets } : clause));
}

function describeSearch({ filter, orderBy, orderings, datasets }: SearchRequest, scope: readonly Comparison[]): string {
  return JSON.stringify([filter ?? '', orderBy ?? [], orderings ?? [], datasets ?? [], scope]);
}
