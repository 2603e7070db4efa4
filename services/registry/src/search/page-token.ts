import { createHash } from 'node:crypto';
import { invalidInput } from '@fraudflow/core';
import type { Cursor, SortValue } from './search-subject.js';

const MAX_KEYS = 64;
// JSON has no NaN.
const NAN = { nan: true } as const;

/**
 * An opaque token for the page after `cursor` of the search with the text `search`. It contains the sort values of the
 * last row, so that concurrent insertions and deletions neither repeat nor skip other rows.
 */
export function encodePageToken(cursor: Cursor, search: string): string {
  const after = cursor.map((value) => (Number.isNaN(value) ? NAN : value));
  return Buffer.from(JSON.stringify({ after, search: fingerprint(search) })).toString('base64url');
}

/**
 * @returns the cursor in a token; undefined for an absent or empty token, which means the first page
 * @throws AppError invalid_input for a malformed token, or for a token of another search
 */
export function decodePageToken(token: string | undefined, search: string): Cursor | undefined {
  if (token === undefined || token === '') return undefined;
  const content = parseToken(token);
  if (content.search !== fingerprint(search)) {
    throw invalidInput('Invalid page token: it belongs to a search with other filter or order_by');
  }
  return content.after;
}

function parseToken(token: string): { readonly after: Cursor; readonly search: unknown } {
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  } catch (error) {
    throw garbage(token, { cause: error });
  }
  if (typeof content !== 'object' || content === null || !('after' in content) || !('search' in content)) {
    throw garbage(token);
  }
  const { after, search } = content;
  if (!Array.isArray(after) || after.length === 0 || after.length > MAX_KEYS) throw garbage(token);
  return { after: after.map((value) => parseSortValue(value, token)), search };
}

function parseSortValue(value: unknown, token: string): SortValue {
  if (typeof value === 'string' || typeof value === 'number' || value === null) return value;
  if (typeof value === 'object' && 'nan' in value) return Number.NaN;
  throw garbage(token);
}

function garbage(token: string, options?: { readonly cause: unknown }): Error {
  return invalidInput(`Invalid page token, could not decode: ${JSON.stringify(token.slice(0, 200))}`, options);
}

function fingerprint(search: string): string {
  return createHash('sha256').update(search).digest('base64url').slice(0, 16);
}
