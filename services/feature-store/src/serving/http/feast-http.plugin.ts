import type { Logger } from '@fraudflow/observability';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { parseExactJson } from '../exact-json.js';
import { badRequest } from '../feast-error.js';
import type { FeatureServing } from '../feature-serving.service.js';
import { writeServedFeatures } from '../json-writer.js';
import type { MaterializationService } from '../materialization.service.js';
import type { PushService } from '../push.service.js';
import type { ServingMetrics } from '../serving-metrics.js';
import { errorReply } from './error-reply.js';
import { flagOf, frameOf, instantOf, namesOf, objectOf, optionalTextOf, textOf } from './body-fields.js';
import { onlineRequestOf } from './online-request-body.js';

export interface FeastHttpParts {
  readonly serving: FeatureServing;
  readonly pushes: PushService;
  readonly materialization: MaterializationService;
  readonly metrics: ServingMetrics;
  readonly logger: Logger;
}

interface Answer {
  readonly status: number;
  /** JSON text. */
  readonly body: string;
  readonly counts?: { readonly features: number; readonly views: number };
}

type Handler = (body: unknown, query: Readonly<Record<string, unknown>>) => Promise<Answer>;

const JSON_TYPE = 'application/json; charset=utf-8';
const NULL: Answer = { status: 200, body: 'null' };
const EMPTY: Answer = { status: 200, body: '' };

/**
 * Feast's HTTP feature server as a Fastify plugin. It keeps to itself: bodies are read as text and parsed without rounding
 * whatever their content type says, and errors have Feast's shapes instead of problem+json.
 */
export function feastHttpPlugin(parts: FeastHttpParts) {
  return async (fastify: FastifyInstance): Promise<void> => {
    fastify.removeAllContentTypeParsers();
    fastify.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    fastify.setErrorHandler((error, _request, reply) => send(reply, errorReply(error, parts.logger)));
    const routes: readonly (readonly [string, Handler])[] = [
      ['/get-online-features', (body) => getOnlineFeatures(parts, body)],
      ['/push', (body) => push(parts, body)],
      ['/write-to-online-store', (body) => writeToOnlineStore(parts, body)],
      ['/materialize', (body, query) => materialize(parts, body, query)],
      ['/materialize-incremental', (body, query) => materializeIncremental(parts, body, query)],
    ];
    for (const [endpoint, handler] of routes) {
      fastify.post(endpoint, (request, reply) => answer(parts, endpoint, handler, { request, reply }));
    }
  };
}

async function answer(
  parts: FeastHttpParts,
  endpoint: string,
  handler: Handler,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): Promise<FastifyReply> {
  const startedAtMs = performance.now();
  let result: Answer;
  try {
    const query = request.query as Readonly<Record<string, unknown>>;
    result = await handler(parseExactJson(typeof request.body === 'string' ? request.body : ''), query);
  } catch (thrown) {
    result = errorReply(thrown, parts.logger);
  }
  const seconds = (performance.now() - startedAtMs) / 1_000;
  parts.metrics.requestEnded(endpoint, result.status < 400 ? 'success' : 'error', seconds, result.counts);
  return send(reply, result);
}

function send(reply: FastifyReply, { status, body }: Answer): FastifyReply {
  // As bytes: of a text Fastify takes the length and Node writes it behind the head, and each walks all its pieces again.
  return reply.code(status).header('content-type', JSON_TYPE).send(Buffer.from(body));
}

async function getOnlineFeatures({ serving }: FeastHttpParts, body: unknown): Promise<Answer> {
  const features = await serving.getOnlineFeatures(onlineRequestOf(body));
  const { columns, views } = features.resolution;
  return {
    status: 200,
    body: writeServedFeatures(features),
    counts: { features: columns.length, views: views.length },
  };
}

async function push({ pushes }: FeastHttpParts, body: unknown): Promise<Answer> {
  const fields = objectOf(body);
  const source = textOf(fields, 'push_source_name');
  await pushes.push(source, frameOf(fields), fields['to'] ?? 'online');
  return EMPTY;
}

async function writeToOnlineStore({ pushes }: FeastHttpParts, body: unknown): Promise<Answer> {
  const fields = objectOf(body);
  await pushes.writeToOnlineStore(textOf(fields, 'feature_view_name'), frameOf(fields));
  return NULL;
}

async function materialize(
  { materialization }: FeastHttpParts,
  body: unknown,
  query: Readonly<Record<string, unknown>>,
): Promise<Answer> {
  const fields = objectOf(body);
  if (!flagOf(fields, 'disable_event_timestamp')) {
    const from = instantOf(fields, 'start_ts');
    if (from.seconds > instantOf(fields, 'end_ts').seconds) {
      throw badRequest(['start_ts'], 'must not be after end_ts');
    }
  }
  return materialized(
    materialization.materialize(namesOf(fields, 'feature_views'), optionalTextOf(fields, 'version')),
    query,
  );
}

async function materializeIncremental(
  { materialization }: FeastHttpParts,
  body: unknown,
  query: Readonly<Record<string, unknown>>,
): Promise<Answer> {
  const fields = objectOf(body);
  instantOf(fields, 'end_ts');
  return materialized(
    materialization.materialize(namesOf(fields, 'feature_views'), optionalTextOf(fields, 'version')),
    query,
  );
}

function materialized(views: readonly string[], query: Readonly<Record<string, unknown>>): Answer {
  if (query['async'] !== 'true') return NULL;
  return { status: 202, body: JSON.stringify({ status: 'accepted', feature_views: views }) };
}
