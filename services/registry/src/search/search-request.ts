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

/** Greatest number of data sets one search may be restricted to. */
const MAX_DATASETS = 50;

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
  /** Greatest max_results allowed. */
  readonly limit: number;
  /** Number of sort keys, and so of values in a cursor. */
  readonly keyCount: number;
  /** Text that identifies the search; a token of another one is refused. */
  readonly description: string;
}

/**
 * Checks max_results, decodes the page token and encodes the next one around a fetch by cursor.
 * @throws AppError invalid_input for a bad token or max_results.
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

/** Metric clauses look only at rows of the data sets; without any, a model needs at least one metric on one of them. */
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
