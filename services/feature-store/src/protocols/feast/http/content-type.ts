import { errorCodes } from 'fastify';
import type { IncomingHttpHeaders } from 'node:http';

/**
 * Refuses a writing call unless its content type is JSON. A web page of another origin can send any other type without
 * a CORS preflight, so it could write features through the browser of a user who can reach the server. Older SDKs of
 * Feast send no type; this is accepted, except from a browser, which sends the page's origin.
 * @throws Fastify's error for another type (415)
 */
export function checkContentType({ 'content-type': type, origin }: IncomingHttpHeaders): void {
  if (type === undefined ? origin === undefined : isJson(type)) return;
  throw new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE(`${(type ?? 'none').slice(0, 100)}; send application/json`);
}

function isJson(type: string): boolean {
  const [media = ''] = type.split(';', 1);
  return media.trim().toLowerCase() === 'application/json';
}
