import type { SearchRequest, TokenPage } from '../../search/search-request.js';

interface SearchMessage {
  readonly filter?: string | undefined;
  readonly order_by?: readonly string[] | undefined;
  readonly page_token?: string | undefined;
  readonly max_results: number;
}

/** The search parameters of a message. */
export function toSearchRequest(message: SearchMessage): SearchRequest {
  return {
    filter: message.filter,
    orderBy: message.order_by,
    pageToken: message.page_token,
    maxResults: message.max_results,
  };
}

/** `{<field>: [...], next_page_token?}`; the last page has no token. */
export function pageMessage<T>(field: string, page: TokenPage<T>, toMessage: (item: T) => object): object {
  const token = page.nextPageToken === undefined ? {} : { next_page_token: page.nextPageToken };
  return { [field]: page.items.map(toMessage), ...token };
}
