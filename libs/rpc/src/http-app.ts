import type { Logger } from '@fraudflow/observability';
import type { DynamicModule, LoggerService, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { HttpProblemFilter } from './http-problem.filter.js';

export interface HttpAppOptions {
  readonly logger: Logger;
  /** Largest request body in bytes. */
  readonly bodyLimitBytes?: number;
}

/** A Nest application on Fastify with our logs and problem+json errors. Not yet listening. */
export async function createHttpApp(
  module: Type | DynamicModule,
  options: HttpAppOptions,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: options.bodyLimitBytes ?? 8 * 1024 * 1024,
    forceCloseConnections: true,
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: nestLogger(options.logger),
    abortOnError: false,
  });
  app.useGlobalFilters(new HttpProblemFilter(options.logger));
  return app;
}

/** Listens. @returns the port, useful when 0 was asked for. */
export async function listenHttp(app: NestFastifyApplication, port: number, address: string): Promise<number> {
  await app.listen(port, address);
  const bound: unknown = app.getHttpServer().address();
  return typeof bound === 'object' && bound !== null && 'port' in bound ? Number(bound.port) : port;
}

/** Nest's start-up chatter at debug level, its warnings and errors as ours. */
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
