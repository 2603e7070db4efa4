import type { Logger } from '@fraudflow/observability';
import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify';
import type { ServerResponse } from 'node:http';
import type { DocumentSearch } from '../../../online/document-search.service.js';
import { parseExactJson } from './exact-json.js';
import { badRequest } from '../errors/feast-error.js';
import type { FeatureServing } from '../../../online/feature-serving.service.js';
import { writeServedFeatures } from './json-writer.js';
import { toMs } from '../../../values/instant.js';
import type { MaterializationRequest, MaterializationService } from '../../../pushed/materialization.service.js';
import type { EventSpan } from '../../../pushed/pushed-row-archive.port.js';
import type { PushService } from '../../../pushed/push.service.js';
import type { ServingMetrics } from '../../../online/serving-metrics.js';
import { errorReply } from './error-reply.js';
import { type Fields, flagOf, frameOf, instantOf, namesOf, objectOf, optionalTextOf, textOf } from './body-fields.js';
import { onlineRequestOf, selectionOf } from './online-request-body.js';
import { checkContentType } from './content-type.js';
import { ReplyBuffers } from './reply-buffers.js';
import { requestText } from './request-text.js';
import { addVectorStores } from './vector-stores.js';

export interface FeastHttpParts {
  readonly serving: FeatureServing;
  readonly pushes: PushService;
  readonly materialization: MaterializationService;
  readonly documents: DocumentSearch;
  readonly metrics: ServingMetrics;
  readonly logger: Logger;
}

interface HttpReply {
  readonly status: number;
  /** JSON: a text, or bytes taken from `replies`. */
  readonly body: string | Buffer;
  readonly counts?: { readonly features: number; readonly views: number };
}

type Query = Readonly<Record<string, unknown>>;
type Handler = (body: unknown, query: Query) => Promise<HttpReply>;
type Route = readonly [endpoint: string, handler: Handler, effect?: 'writes'];

const JSON_TYPE = 'application/json; charset=utf-8';
const NULL: HttpReply = { status: 200, body: 'null' };
const EMPTY: HttpReply = { status: 200, body: '' };

/**
 * Feast's HTTP feature server as a Fastify plugin. It keeps to itself: bodies are read as text and parsed without
 * rounding; calls that write must say that they send JSON, or say nothing as older SDKs do, so that no web page can
 * make them; errors have Feast's shapes instead of problem+json. Fastify routes a request and hands it over before its
 * own reading and answering begin, to spare their processor time.
 */
export function feastHttpPlugin(parts: FeastHttpParts) {
  return async (fastify: FastifyInstance): Promise<void> => {
    const routes: readonly Route[] = [
      ['/get-online-features', (body) => getOnlineFeatures(parts, body)],
      ['/push', (body) => push(parts, body), 'writes'],
      ['/write-to-online-store', (body) => writeToOnlineStore(parts, body), 'writes'],
      ['/search', (body) => search(parts, body)],
      // The name that SDKs before 0.64 know, and later ones try second.
      ['/retrieve-online-documents', (body) => search(parts, body)],
      ['/materialize', (body, query) => materialize(parts, body, query), 'writes'],
      ['/materialize-incremental', (body, query) => materializeIncremental(parts, body, query), 'writes'],
    ];
    for (const route of routes) {
      const [endpoint] = route;
      const onRequest: onRequestHookHandler = (request, reply, done) => {
        reply.hijack();
        void answer(parts, route, { request, response: reply.raw });
        done();
      };
      // The route has no handler of its own to come to: its request has been taken over.
      fastify.post(endpoint, { onRequest }, noHandler);
    }
    addVectorStores(fastify);
  };
}

const replies = new ReplyBuffers();
const noHandler = (): undefined => undefined;

async function answer(
  parts: FeastHttpParts,
  [endpoint, handler, effect]: Route,
  { request, response }: { readonly request: FastifyRequest; readonly response: ServerResponse },
): Promise<void> {
  let startedAtMs = performance.now();
  let result: HttpReply;
  try {
    if (effect === 'writes') checkContentType(request.headers);
    const text = await requestText(request.raw, request.routeOptions.bodyLimit);
    // How long a client takes to send is not the server's time.
    startedAtMs = performance.now();
    result = await handler(parseExactJson(text), request.query as Query);
  } catch (thrown) {
    result = errorReply(thrown, parts.logger);
  }
  const seconds = (performance.now() - startedAtMs) / 1_000;
  parts.metrics.requestEnded(endpoint, result.status < 400 ? 'success' : 'error', seconds, result.counts);
  send(request, response, result);
}

function send({ raw }: FastifyRequest, response: ServerResponse, { status, body }: HttpReply): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  // What was refused before its end cannot be followed by another request.
  if (!raw.readableEnded) response.setHeader('connection', 'close');
  const head = { 'content-type': JSON_TYPE, 'content-length': bytes.length };
  // A reply that its client did not wait for never finishes, and its bytes are not used again.
  response.writeHead(status, head).end(bytes, () => bytes === body && replies.release(bytes));
}

async function getOnlineFeatures({ serving }: FeastHttpParts, body: unknown): Promise<HttpReply> {
  const features = await serving.getOnlineFeatures(onlineRequestOf(body));
  const { columns, views } = features.resolution;
  return {
    status: 200,
    // At once: another request may be answered before this one is sent.
    body: replies.take(writeServedFeatures(features)),
    counts: { features: columns.length, views: views.length },
  };
}

async function push({ pushes }: FeastHttpParts, body: unknown): Promise<HttpReply> {
  const fields = objectOf(body);
  const source = textOf(fields, 'push_source_name');
  await pushes.push(source, frameOf(fields), fields['to'] ?? 'online');
  return EMPTY;
}

async function writeToOnlineStore({ pushes }: FeastHttpParts, body: unknown): Promise<HttpReply> {
  const fields = objectOf(body);
  await pushes.writeToOnlineStore(textOf(fields, 'feature_view_name'), frameOf(fields));
  return NULL;
}

async function search({ documents }: FeastHttpParts, body: unknown): Promise<HttpReply> {
  return documents.search(selectionOf(objectOf(body)));
}

async function materialize({ materialization }: FeastHttpParts, body: unknown, query: Query): Promise<HttpReply> {
  const fields = objectOf(body);
  const span = flagOf(fields, 'disable_event_timestamp') ? ALL_TIME : spanOf(fields);
  return materialized(materialization, { ...viewsOf(fields), span }, query);
}

/** Since when is not kept: rows that are online already stay as they are. */
async function materializeIncremental(
  { materialization }: FeastHttpParts,
  body: unknown,
  query: Query,
): Promise<HttpReply> {
  const fields = objectOf(body);
  const span = { fromMs: Number.NEGATIVE_INFINITY, untilMs: toMs(instantOf(fields, 'end_ts')) };
  return materialized(materialization, { ...viewsOf(fields), span }, query);
}

const ALL_TIME: EventSpan = { fromMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY };

function spanOf(fields: Fields): EventSpan {
  const [from, until] = [instantOf(fields, 'start_ts'), instantOf(fields, 'end_ts')];
  if (from.seconds > until.seconds) throw badRequest(['start_ts'], 'must not be after end_ts');
  return { fromMs: toMs(from), untilMs: toMs(until) };
}

function viewsOf(fields: Fields): Pick<MaterializationRequest, 'names' | 'version'> {
  return { names: namesOf(fields, 'feature_views'), version: optionalTextOf(fields, 'version') };
}

async function materialized(
  materialization: MaterializationService,
  request: MaterializationRequest,
  query: Query,
): Promise<HttpReply> {
  if (query['async'] === 'true') {
    const views = materialization.begin(request);
    return { status: 202, body: JSON.stringify({ status: 'accepted', feature_views: views }) };
  }
  await materialization.materialize(request);
  return NULL;
}
