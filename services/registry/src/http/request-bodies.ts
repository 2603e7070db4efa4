import type { IncomingMessage } from 'node:http';
import { AppError, invalidInput } from '@fraudflow/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ARTIFACT_FILES_PATH } from '../artifacts/artifact-routes.js';

/** Greatest JSON body accepted. A data set profile alone may hold 16 MiB. */
const MAX_JSON_BYTES = 32 * 1024 * 1024;
const LOG_BATCH_PATH = '/api/2.0/mlflow/runs/log-batch';
const MAX_LOG_BATCH_BYTES = 1_000_000;
const BODY_METHODS = new Set(['POST', 'PATCH', 'DELETE', 'PUT']);

/**
 * Replaces Fastify's body parsers: artifact uploads pass through as streams whatever their type says, everything else under
 * `/api/` must be JSON.
 */
export function arrangeRequestBodies(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (request, payload, done) => {
    if (isUpload(request)) return done(null, payload);
    readJson(payload, limitFor(request)).then(
      (body) => done(null, body),
      (error: Error) => done(error),
    );
  });
  fastify.addHook('onRequest', (request, _reply, done) => done(contentTypeProblem(request)));
}

function contentTypeProblem(request: FastifyRequest): Error | undefined {
  const isJsonCall = request.url.startsWith('/api/') && !request.url.startsWith(ARTIFACT_FILES_PATH);
  if (!isJsonCall || !BODY_METHODS.has(request.method) || request.is404) return undefined;
  // Some calls of the client delete by path alone and send neither body nor type.
  if (request.method === 'DELETE' && !announcesBody(request)) return undefined;
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type === 'application/json') return undefined;
  return invalidInput(`Bad Request. Content-Type must be 'application/json', not ${JSON.stringify(type)}.`);
}

function announcesBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function isUpload(request: FastifyRequest): boolean {
  return request.url.startsWith(ARTIFACT_FILES_PATH);
}

function limitFor(request: FastifyRequest): number {
  return request.url.startsWith(LOG_BATCH_PATH) ? MAX_LOG_BATCH_BYTES : MAX_JSON_BYTES;
}

async function readJson(payload: IncomingMessage, maxBytes: number): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of payload as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Read on after the limit without keeping anything: an answer while the client still writes would look like a reset.
    if (size <= maxBytes) chunks.push(chunk);
  }
  if (size > maxBytes) {
    throw new AppError('invalid_input', `Request body of ${size} bytes exceeds the limit of ${maxBytes} bytes`);
  }
  return parseJson(Buffer.concat(chunks).toString('utf8'));
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalidInput('Malformed request body: it is not valid JSON', { cause: error });
  }
}
