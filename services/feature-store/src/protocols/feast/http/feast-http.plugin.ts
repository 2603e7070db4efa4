import type { Logger } from '@fraudflow/observability';
import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify';
import type { ServerResponse } from 'node:http';
import { BufferPool } from '@fraudflow/runtime-tuning';
import type { DocumentSearch } from '../../../online/document-search.service.js';
import { parseExactJson } from './exact-json.js';
import { invalidRequest } from '../../../values/request-errors.js';
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
import { requestText } from './request-text.js';
import { addVectorStores } from './vector-stores.js';

/** Use cases and limits that the plugin serves. */
export abstract class FeastHttpParts {
  abstract readonly serving: FeatureServing;
  abstract readonly pushes: PushService;
  abstract readonly materialization: MaterializationService;
  abstract readonly documents: DocumentSearch;
  abstract readonly metrics: ServingMetrics;
  abstract readonly logger: Logger;
}

interface HttpReply {
  readonly status: number;
  /** JSON as text, or as bytes taken from `replies`. */
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
 * Feast's HTTP feature server as a self-contained Fastify plugin. Bodies are read as text and parsed without rounding.
 * Writing calls must have the content type JSON, or none as in older SDKs, so that no web page can make them. Errors
 * have Feast's form instead of problem+json. Fastify only routes a request; the plugin reads the body and writes the
 * response itself, which takes less CPU time.
 */
export function feastHttpPlugin(parts: FeastHttpParts) {
  return async (fastify: FastifyInstance): Promise<void> => {
    const routes: readonly Route[] = [
      ['/get-online-features', (body) => getOnlineFeatures(parts, body)],
      ['/push', (body) => push(parts, body), 'writes'],
      ['/write-to-online-store', (body) => writeToOnlineStore(parts, body), 'writes'],
      ['/search', (body) => search(parts, body)],
      // The name used by SDKs before 0.64; later ones try it second.
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
      // The route needs no handler, because the hook has already taken over the request.
      fastify.post(endpoint, { onRequest }, noHandler);
    }
    addVectorStores(fastify);
  };
}

/** Buffers of responses. Short ones are pooled as well, because every read of the online store has one. */
const responses = new BufferPool({ pooledFromBytes: 0, maxFreeBytes: 1024 * 1024 });
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
    // The time that a client takes to send its request is not counted.
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
  // After an incomplete request the connection cannot be used for another one.
  if (!raw.readableEnded) response.setHeader('connection', 'close');
  const head = { 'content-type': JSON_TYPE, 'content-length': bytes.length };
  // If the client does not wait for the reply, `finish` is not emitted, and the bytes are not reused.
  response.writeHead(status, head).end(bytes, () => bytes === body && responses.give(bytes));
}

async function getOnlineFeatures({ serving }: FeastHttpParts, body: unknown): Promise<HttpReply> {
  const features = await serving.getOnlineFeatures(onlineRequestOf(body));
  const { columns, views } = features.resolution;
  return {
    status: 200,
    // Copied immediately, because another request may be answered before this one is sent.
    body: responses.copy(writeServedFeatures(features)),
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

/** Earlier materializations are not recorded: rows that are already online do not change. */
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
  if (from.seconds > until.seconds) throw invalidRequest(['start_ts'], 'must not be after end_ts');
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
