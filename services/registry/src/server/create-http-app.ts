import type { Socket } from 'node:net';
import { checkHost } from '@fraudflow/core';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppModule, type RegistryParts } from '../app.module.js';
import type { UploadLimits } from '../uploads/receive-upload.js';
import { toMlflowError } from '../protocols/mlflow/mlflow-error.js';
import { MlflowErrorFilter } from '../protocols/mlflow/mlflow-error.filter.js';
import { arrangeRequestBodies } from '../protocols/mlflow/request-bodies.js';

// Keys of tags stand in paths; 250 characters of them may take three bytes each, percent-encoded.
const MAX_PARAM_LENGTH = 4_000;

/** Searches by GET carry their filter in the URL. */
const MAX_HEADER_BYTES = 96 * 1024;

/**
 * The registry's HTTP side, ready to listen: MLflow's routes, bodies and error envelope.
 * @param allowedHosts host names of public DNS that requests may use, see `checkHost`
 */
export async function createHttpApp(
  parts: RegistryParts,
  limits: UploadLimits,
  allowedHosts: readonly string[] = [],
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    http: { maxHeaderSize: MAX_HEADER_BYTES },
    clientErrorHandler: answerUnreadable,
    rewriteUrl: ({ url = '/' }) => plainUrl(url),
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    frameworkErrors: (error: Error, _request: FastifyRequest, reply: FastifyReply) => {
      const { status, body } = toMlflowError(error);
      void reply.status(status).send(body);
    },
    // An upload may take long as long as it goes on: bodies have an idle timeout of their own.
    requestTimeout: 0,
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.over(parts), adapter, {
    bodyParser: false,
    logger: ['error', 'warn'],
  });
  const fastify = adapter.getInstance();
  arrangeRequestBodies(fastify, limits);
  fastify.addHook('onRequest', async (request) => checkHost(request.headers.host, allowedHosts));
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    void reply.header('X-Frame-Options', 'SAMEORIGIN');
    done(null, payload);
  });
  app.useGlobalFilters(new MlflowErrorFilter(parts.events));
  return app;
}

/** MLflow's browser interface calls the same routes below `/ajax-api/`, and some clients double the first slash. */
function plainUrl(url: string): string {
  const single = url.startsWith('//') ? `/${url.replace(/^\/+/, '')}` : url;
  return single.startsWith('/ajax-api/') ? single.replace('/ajax-api/', '/api/') : single;
}

/** A request that Node cannot parse never becomes one of Fastify's; clients want the envelope all the same. */
function answerUnreadable(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const isTooLong = error.code === 'HPE_HEADER_OVERFLOW';
  const status = isTooLong ? '431 Request Header Fields Too Large' : '400 Bad Request';
  const message = isTooLong
    ? `URL and headers are longer than ${MAX_HEADER_BYTES} bytes: shorten the filter or split the search`
    : 'The request is not valid HTTP';
  const body = JSON.stringify({ error_code: 'BAD_REQUEST', message });
  const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}`;
  socket.end(`${head}\r\nConnection: close\r\n\r\n${body}`);
}
