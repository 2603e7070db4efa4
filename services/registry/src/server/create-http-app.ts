import type { Socket } from 'node:net';
import { checkHost } from '@fraudflow/core';
import type { Logger } from '@fraudflow/observability';
import type { DynamicModule, LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RegistryEvents } from '../events.js';
import type { UploadLimits } from '../uploads/receive-upload.js';
import { toMlflowError } from '../protocols/mlflow/mlflow-error.js';
import { MlflowErrorFilter } from '../protocols/mlflow/mlflow-error.filter.js';
import { arrangeRequestBodies } from '../protocols/mlflow/request-bodies.js';

// Paths contain keys of tags: 250 characters, which may take several percent-encoded bytes each.
const MAX_PARAM_LENGTH = 4_000;

/** Maximum size of URL and headers: GET searches have their filter in the URL. */
const MAX_HEADER_BYTES = 96 * 1024;

/** Options of `createHttpApp`. */
export interface HttpAppOptions {
  readonly logger: Logger;
  readonly limits: UploadLimits;
  /** Host names of public DNS that requests may use, see `checkHost`. */
  readonly allowedHosts: readonly string[];
}

/**
 * The registry's HTTP side, ready to listen: MLflow's routes, bodies and error envelope.
 * @throws what a provider of the module throws
 */
export async function createHttpApp(
  module: DynamicModule,
  { logger, limits, allowedHosts }: HttpAppOptions,
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
    // No limit for a whole upload: bodies have an idle timeout.
    requestTimeout: 0,
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    abortOnError: false,
    bodyParser: false,
    logger: nestLogger(logger),
  });
  const fastify = adapter.getInstance();
  arrangeRequestBodies(fastify, limits);
  fastify.addHook('onRequest', async (request) => checkHost(request.headers.host, allowedHosts));
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    void reply.header('X-Frame-Options', 'SAMEORIGIN');
    done(null, payload);
  });
  app.useGlobalFilters(new MlflowErrorFilter(app.get(RegistryEvents)));
  return app;
}

/** Logs Nest's warnings and errors, as the other services do. */
function nestLogger(logger: Logger): LoggerService {
  return {
    log: () => undefined,
    warn: (message: unknown) => logger.warn({ event: 'nest', message }),
    error: (message: unknown) => logger.error({ event: 'nest', message }),
    fatal: (message: unknown) => logger.fatal({ event: 'nest', message }),
  };
}

/**
 * The browser interface of MLflow calls the same routes below `/ajax-api/`, and some clients repeat the first slash.
 */
function plainUrl(url: string): string {
  const single = url.startsWith('//') ? `/${url.replace(/^\/+/, '')}` : url;
  return single.startsWith('/ajax-api/') ? single.replace('/ajax-api/', '/api/') : single;
}

/** Responds with MLflow's error body to a request that Node cannot parse and that Fastify therefore does not get. */
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
