import { createHash } from 'node:crypto';
import { invalidInput } from '@fraudflow/core';

/**
 * An opaque token for the page that starts at `offset` of the search whose text is `search`.
 * Handing it to a different search is refused, because the pages of two searches cannot be glued together.
 */
export function encodePageToken(offset: number, search: string): string {
  return Buffer.from(JSON.stringify({ offset, search: fingerprint(search) })).toString('base64url');
}

/**
 * @returns the offset in a token; 0 for an absent or empty one. A token without fingerprint is accepted.
 * @throws AppError invalid_input for garbage, or for a token of another search.
 */
export function decodePageToken(token: string | undefined, search: string): number {
  if (token === undefined || token === '') return 0;
  const content = parseToken(token);
  if (content === undefined) throw invalidInput(`Invalid page token, could not decode: ${JSON.stringify(token)}`);
  if (content.search !== undefined && content.search !== fingerprint(search)) {
    throw invalidInput('Invalid page token: it belongs to a search with other filter or order_by');
  }
  return content.offset;
}

function parseToken(token: string): { offset: number; search?: unknown } | undefined {
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(token, 'base64').toString('utf8'));
  } catch (error) {
    throw invalidInput(`Invalid page token, could not base64-decode or parse: ${JSON.stringify(token)}`, {
      cause: error,
    });
  }
  if (typeof content !== 'object' || content === null || !('offset' in content)) return undefined;
  const { offset } = content;
  if (typeof offset !== 'number' || !Number.isSafeInteger(offset) || offset < 0) return undefined;
  return 'search' in content ? { offset, search: content.search } : { offset };
}

function fingerprint(search: string): string {
  return createHash('sha256').update(search).digest('base64url').slice(0, 16);
}
