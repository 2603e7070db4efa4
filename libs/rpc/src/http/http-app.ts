import { type Logger, Registry } from '@fraudflow/observability';
import type { DynamicModule, LoggerService, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  acceptJsonOnly,
  boundBodies,
  boundConnections,
  checkHosts,
  enterTraces,
  measureRequests,
} from './http-guards.js';
import { HttpProblemFilter } from './http-problem.filter.js';
import type { JsonLimits } from './json-shape.js';

/** Options of `createHttpApp`. */
export interface HttpAppOptions {
  readonly logger: Logger;
  /** Largest request body in bytes, default 1 MiB. */
  readonly bodyLimitBytes?: number;
  /** Largest body in bytes by route, e.g. `/predict`, where it differs. */
  readonly bodyLimits?: Readonly<Record<string, number>>;
  /** Bounds of JSON bodies; default 64 levels and 200,000 values. */
  readonly json?: JsonLimits;
  /** Host names of public DNS that requests may use (`FRAUDFLOW_ALLOWED_HOSTS`). */
  readonly allowedHosts?: readonly string[];
  /**
   * Whether handlers run in the trace context of their request (header `traceparent`, else a new trace), default true.
   */
  readonly carriesTrace?: boolean;
}

const DEFAULT_BODY_BYTES = 1024 * 1024;
/** Longest time a client may take to send a whole request, ms. */
const REQUEST_TIMEOUT_MS = 30_000;

/**
 * Creates a Nest application on Fastify with structured logs and problem+json errors; call `listenHttp` to start it.
 * Bodies must be JSON (else 415) and are bounded in size, depth and number of values. Connections and the time of a
 * request are bounded, too. Requests are measured if the module has a metrics registry. Closing the application waits
 * for running requests.
 */
export async function createHttpApp(
  module: Type | DynamicModule,
  options: HttpAppOptions,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: options.bodyLimitBytes ?? DEFAULT_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Connections with a running request are closed after their response.
    forceCloseConnections: 'idle',
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: nestLogger(options.logger),
    abortOnError: false,
    bodyParser: false,
  });
  const fastify = adapter.getInstance();
  boundConnections(fastify);
  checkHosts(fastify, options.allowedHosts ?? []);
  boundBodies(fastify, options.bodyLimits ?? {});
  acceptJsonOnly(fastify, options.json);
  measureRequests(fastify, registryOf(app));
  if (options.carriesTrace !== false) enterTraces(fastify);
  app.useGlobalFilters(new HttpProblemFilter(options.logger));
  return app;
}

/** Starts listening; port 0 chooses a free one. @returns the bound port */
export async function listenHttp(app: NestFastifyApplication, port: number, address: string): Promise<number> {
  await app.listen(port, address);
  const bound: unknown = app.getHttpServer().address();
  return typeof bound === 'object' && bound !== null && 'port' in bound ? Number(bound.port) : port;
}

/** The metrics registry of `OpsModule`, if the module imports it. */
function registryOf(app: NestFastifyApplication): Registry | undefined {
  try {
    return app.get(Registry, { strict: false });
  } catch {
    return undefined;
  }
}

/** Logs Nest's start-up messages at debug level, and its warnings and errors at their own level. */
function nestLogger(logger: Logger): LoggerService {
  return {
    log: (message: unknown) => logger.debug({ event: 'nest', message }),
    verbose: (message: unknown) => logger.trace({ event: 'nest', message }),
    debug: (message: unknown) => logger.trace({ event: 'nest', message }),
    warn: (message: unknown) => logger.warn({ event: 'nest', message }),
    error: (message: unknown) => logger.error({ event: 'nest', message }),
    fatal: (message: unknown) => logger.fatal({ event: 'nest', message }),
  };
}
