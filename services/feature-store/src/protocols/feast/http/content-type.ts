import { errorCodes } from 'fastify';
import type { IncomingHttpHeaders } from 'node:http';

/**
 * Refuses a call that writes unless it says that it sends JSON. A web page of another origin can send any other type
 * without asking first, so it could write features through the browser of somebody who can reach the server. Older SDKs
 * of Feast send no type at all: that is taken, but not from a browser, which names the page's origin.
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
