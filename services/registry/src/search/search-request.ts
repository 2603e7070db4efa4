import { invalidInput } from '@fraudflow/core';
import { parseFilter } from './filter-parser.js';
import { parseOrder, totalOrder } from './order-parser.js';
import { decodePageToken, encodePageToken } from './page-token.js';
import {
  ANY_METRIC,
  type Comparison,
  type Cursor,
  type DatasetScope,
  type Ordering,
  type SearchPage,
  type SearchQuery,
  type SearchSubject,
} from './search-subject.js';

/** Maximum number of data sets in one search. */
const MAX_DATASETS = 50;

/** The parameters of every search. */
export interface SearchRequest {
  readonly filter?: string | undefined;
  readonly orderBy?: readonly string[] | undefined;
  /** Parsed keys, for calls that send them as messages instead of text. */
  readonly orderings?: readonly Ordering[] | undefined;
  /** Metric clauses apply to rows of these data sets only. */
  readonly datasets?: readonly DatasetScope[] | undefined;
  readonly pageToken?: string | undefined;
  readonly maxResults: number;
}

export interface TokenPage<T> {
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly nextPageToken: string | undefined;
}

/** The subject of a search and the limits of the server. */
export interface SearchScope {
  readonly subject: SearchSubject;
  /** Maximum of max_results. */
  readonly limit: number;
  /** Clauses that the server adds, e.g. the searched experiments. */
  readonly clauses: readonly Comparison[];
}

/**
 * Runs one search: parses filter, order and token, adds the clauses of the server, and encodes the next token.
 * @throws AppError invalid_input for an invalid filter, order, token or max_results
 */
export async function runSearch<T>(
  request: SearchRequest,
  { subject, limit, clauses }: SearchScope,
  search: (query: SearchQuery) => Promise<SearchPage<T>>,
): Promise<TokenPage<T>> {
  const comparisons = [...clauses, ...restrictMetrics(parseFilter(request.filter, subject), request.datasets)];
  const orderings = request.orderings
    ? totalOrder(request.orderings, subject)
    : parseOrder(request.orderBy ?? [], subject);
  const page = { ...request, limit, keyCount: orderings.length, description: describeSearch(request, clauses) };
  return pageThrough(page, (after) => search({ comparisons, orderings, limit: request.maxResults, after }));
}

export interface PageRequest {
  readonly pageToken?: string | undefined;
  readonly maxResults: number;
  /** Maximum of max_results. */
  readonly limit: number;
  /** Number of sort keys, which is the number of values in a cursor. */
  readonly keyCount: number;
  /** Text that identifies the search; a token of another search is refused. */
  readonly description: string;
}

/**
 * Checks max_results, decodes the page token and encodes the next one around a fetch by cursor.
 * @throws AppError invalid_input for an invalid token or max_results
 */
export async function pageThrough<T>(
  { pageToken, maxResults, limit, keyCount, description }: PageRequest,
  fetch: (after: Cursor | undefined) => Promise<SearchPage<T>>,
): Promise<TokenPage<T>> {
  if (maxResults < 1 || maxResults > limit) {
    throw invalidInput(
      `Invalid value ${maxResults} for parameter 'max_results' supplied: it must be between 1 and ${limit}`,
    );
  }
  const after = decodePageToken(pageToken, description);
  if (after && after.length !== keyCount) throw invalidInput('Invalid page token: it belongs to another search');
  const { items, next } = await fetch(after);
  return { items, nextPageToken: next && encodePageToken(next, description) };
}

/** Restricts metric clauses to the data sets. Without one, a model must have a metric on one of the data sets. */
function restrictMetrics(
  clauses: readonly Comparison[],
  datasets: readonly DatasetScope[] = [],
): readonly Comparison[] {
  if (datasets.length === 0) return clauses;
  if (datasets.length > MAX_DATASETS) {
    throw invalidInput(`Parameter 'datasets' has ${datasets.length} entries, at most ${MAX_DATASETS} are allowed`);
  }
  if (!clauses.some(({ kind }) => kind === 'metric')) {
    return [...clauses, { kind: 'metric', key: ANY_METRIC, operator: 'IS NOT NULL', value: null, datasets }];
  }
  return clauses.map((clause) => (clause.kind === 'metric' ? { ...clause, datasets } : clause));
}

function describeSearch({ filter, orderBy, orderings, datasets }: SearchRequest, scope: readonly Comparison[]): string {
  return JSON.stringify([filter ?? '', orderBy ?? [], orderings ?? [], datasets ?? [], scope]);
}
