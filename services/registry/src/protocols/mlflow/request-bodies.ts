import type { IncomingMessage } from 'node:http';
import { AppError, invalidInput, timedOut } from '@fraudflow/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { UploadLimits } from '../../uploads/receive-upload.js';
import { ARTIFACT_FILES_PATH, RUN_UPLOAD_PATH } from '../../uploads/artifact-routes.js';
import { checkJsonShape } from './json-shape.js';

/** Maximum size of a JSON body. */
const MAX_JSON_BYTES = 4 * 1024 * 1024;
/** Maximum sizes of particular calls: a data set profile may have 16 MiB. */
const MAX_BYTES_BY_PATH: Readonly<Record<string, number>> = {
  '/api/2.0/mlflow/runs/log-batch': 1_000_000,
  '/api/2.0/mlflow/runs/log-inputs': 32 * 1024 * 1024,
};
/** Maximum length of a text that is kept for error messages. */
const MAX_KEPT_CHARACTERS = 1_000_000;
const BODY_METHODS = new Set(['POST', 'PATCH', 'DELETE', 'PUT']);

/**
 * Replaces Fastify's body parsers: artifact uploads are passed on as streams regardless of their content type; all
 * other bodies below `/api/` must be JSON.
 */
export function arrangeRequestBodies(fastify: FastifyInstance, { maxBytes, idleTimeoutMs }: UploadLimits): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (request, payload, done) => {
    if (isUpload(request)) return done(null, payload);
    readJson(payload, limitFor(request), idleTimeoutMs).then(
      (body) => done(null, body),
      (error: Error) => done(error),
    );
  });
  fastify.addHook('onRequest', (request, _reply, done) =>
    done(contentTypeProblem(request) ?? uploadSizeProblem(request, maxBytes)),
  );
}

/** Checks the size before the body is read, so that the client gets the error immediately. */
function uploadSizeProblem(request: FastifyRequest, maxBytes: number): Error | undefined {
  const size = Number(request.headers['content-length'] ?? 0);
  if (!isUpload(request) || size <= maxBytes) return undefined;
  return new AppError('invalid_input', `The file has ${size} bytes, the greatest size of an artifact is ${maxBytes}`, {
    code: 'ARTIFACT_TOO_LARGE',
  });
}

function contentTypeProblem(request: FastifyRequest): Error | undefined {
  const isJsonCall = request.url.startsWith('/api/') && !isUpload(request);
  if (!isJsonCall || !BODY_METHODS.has(request.method) || request.is404) return undefined;
  // Some DELETE calls of the client have neither a body nor a content type.
  if (request.method === 'DELETE' && !announcesBody(request)) return undefined;
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type === 'application/json') return undefined;
  return invalidInput(`Bad Request. Content-Type must be 'application/json', not ${JSON.stringify(type)}.`);
}

function announcesBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function isUpload({ url }: FastifyRequest): boolean {
  return url.startsWith(ARTIFACT_FILES_PATH) || url.startsWith(RUN_UPLOAD_PATH);
}

function limitFor(request: FastifyRequest): number {
  const [path = ''] = request.url.split('?', 1);
  return MAX_BYTES_BY_PATH[path] ?? MAX_JSON_BYTES;
}

async function readJson(payload: IncomingMessage, maxBytes: number, idleTimeoutMs: number): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  const timer = setTimeout(() => payload.destroy(timedOut('The request body was not sent in time')), idleTimeoutMs);
  try {
    for await (const chunk of payload as AsyncIterable<Buffer>) {
      size += chunk.length;
      // Reads and discards the rest: a response while the client still writes would appear to it as a reset.
      if (size <= maxBytes) chunks.push(chunk);
    }
  } finally {
    clearTimeout(timer);
  }
  if (size > maxBytes) {
    throw new AppError('invalid_input', `Request body of ${size} bytes exceeds the limit of ${maxBytes} bytes`);
  }
  return parseJson(Buffer.concat(chunks));
}

function parseJson(json: Buffer): unknown {
  checkJsonShape(json);
  const text = json.toString('utf8');
  if (text.trim() === '') return {};
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw invalidInput('Malformed request body: it is not valid JSON', { cause: error });
  }
  if (typeof body === 'object' && body !== null && text.length <= MAX_KEPT_CHARACTERS) jsonTexts.set(body, text);
  return body;
}

const jsonTexts = new WeakMap<object, string>();

/** The text from which a request body was parsed; undefined for other values and for long texts. */
export function jsonTextOf(body: unknown): string | undefined {
  return typeof body === 'object' && body !== null ? jsonTexts.get(body) : undefined;
}
