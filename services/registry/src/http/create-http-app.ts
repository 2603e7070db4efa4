import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppModule, type RegistryParts } from '../app.module.js';
import { toMlflowError } from './mlflow-error.js';
import { MlflowErrorFilter } from './mlflow-error.filter.js';
import { arrangeRequestBodies } from './request-bodies.js';

// Keys of tags stand in paths; 250 characters of them may take three bytes each, percent-encoded.
const MAX_PARAM_LENGTH = 4_000;

/** The registry's HTTP side, ready to listen: MLflow's routes, bodies and error envelope. */
export async function createHttpApp(parts: RegistryParts): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    frameworkErrors: (error: Error, _request: FastifyRequest, reply: FastifyReply) => {
      const { status, body } = toMlflowError(error);
      void reply.status(status).send(body);
    },
    // An upload may take as long as it takes; the client has its own limit.
    requestTimeout: 0,
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.over(parts), adapter, {
    bodyParser: false,
    logger: ['error', 'warn'],
  });
  const fastify = adapter.getInstance();
  arrangeRequestBodies(fastify);
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    void reply.header('X-Frame-Options', 'SAMEORIGIN');
    done(null, payload);
  });
  app.useGlobalFilters(new MlflowErrorFilter(parts.events));
  return app;
}
