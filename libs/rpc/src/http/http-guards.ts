import { asError, checkHost } from '@fraudflow/core';
import { Histogram, LATENCY_BUCKETS_SECONDS, type Registry, withTrace } from '@fraudflow/observability';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { checkJsonShape, type JsonLimits } from './json-shape.js';

type Fastify = ReturnType<ReturnType<NestFastifyApplication['getHttpAdapter']>['getInstance']>;

/** Largest number of open connections of a server; further ones are closed. */
const MAX_CONNECTIONS = 2_000;
/** How long running requests may take to finish when the server closes, ms. */
const CLOSE_GRACE_MS = 5_000;
const DURATIONS = 'http_server_duration_seconds';

/** Bounds the number of connections, and the time that running requests hold up a shutdown. */
export function boundConnections(fastify: Fastify): void {
  fastify.server.maxConnections = MAX_CONNECTIONS;
  fastify.addHook('preClose', (done) => {
    setTimeout(() => fastify.server.closeAllConnections(), CLOSE_GRACE_MS).unref();
    done();
  });
}

/** Refuses requests under host names that are not allowed: 403 HOST_NOT_ALLOWED. @see checkHost */
export function checkHosts(fastify: Fastify, allowed: readonly string[]): void {
  let lastAllowed: string | undefined;
  fastify.addHook('onRequest', ({ headers: { host } }, _reply, done) => {
    if (host === lastAllowed) return done();
    const refusal = errorOf(() => checkHost(host, allowed));
    if (!refusal) lastAllowed = host;
    done(refusal);
  });
}

/** Sets the largest body of single routes. Call it before the routes are registered. */
export function boundBodies(fastify: Fastify, bodyLimits: Readonly<Record<string, number>>): void {
  fastify.addHook('onRoute', (route) => {
    const limit = bodyLimits[route.url];
    if (limit !== undefined) route.bodyLimit = limit;
  });
}

/**
 * Accepts only JSON bodies of bounded depth and size; other content types get 415. A web page can send other content
 * types to any server without a CORS preflight.
 */
export function acceptJsonOnly(fastify: Fastify, limits?: JsonLimits): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const bytes = body as Buffer;
    const refusal = errorOf(() => checkJsonShape(bytes, limits));
    if (refusal) done(refusal);
    else void parse(request, bytes.toString('utf8'), done);
  });
}

/**
 * Runs handlers in the trace context of the header `traceparent`, else in a new one. The hook runs after the body is
 * read, because the events of the body have another async context.
 */
export function enterTraces(fastify: Fastify): void {
  fastify.addHook('preHandler', (request, _reply, done) => {
    const { traceparent } = request.headers;
    withTrace(typeof traceparent === 'string' ? traceparent : undefined, done);
  });
}

/**
 * Records `http_server_duration_seconds` by method, route and status. Routes are patterns (`/v1/models/:name`), so the
 * number of label values is bounded.
 */
export function measureRequests(fastify: Fastify, metrics: Registry | undefined): void {
  if (!metrics) return;
  const durations = durationsIn(metrics);
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unmatched';
    durations.observe({ method: request.method, route, code: String(reply.statusCode) }, reply.elapsedTime / 1_000);
    done();
  });
}

function durationsIn(metrics: Registry): Histogram<'method' | 'route' | 'code'> {
  const existing = metrics.getSingleMetric(DURATIONS);
  if (existing instanceof Histogram) return existing as Histogram<'method' | 'route' | 'code'>;
  return new Histogram({
    name: DURATIONS,
    help: 'Time from HTTP request to response.',
    labelNames: ['method', 'route', 'code'],
    buckets: LATENCY_BUCKETS_SECONDS,
    registers: [metrics],
  });
}

function errorOf(check: () => void): Error | undefined {
  try {
    check();
    return undefined;
  } catch (thrown) {
    return asError(thrown);
  }
}
