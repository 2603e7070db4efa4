import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { AppError } from '@fraudflow/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RegistryEvents } from '../../events.js';
import { toMlflowError } from './mlflow-error.js';

/** Responds to every failure of a route with MLflow's error body. */
@Catch()
export class MlflowErrorFilter implements ExceptionFilter {
  constructor(private readonly events: RegistryEvents) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    if (isAbortedByClient(thrown, request)) return this.events.requestAborted(request.method, request.url);
    const { status, body } = toMlflowError(thrown);
    // 501 is not a failure: clients call the route to detect that they must fall back.
    if (status >= 500 && status !== 501) this.events.requestFailed(request.method, request.url, thrown);
    if (reply.sent) return;
    void reply.status(status).type('application/json; charset=utf-8').send(body);
  }
}

/**
 * True if the client closed the connection before its request was complete: there is no receiver for a response, and
 * the registry did not fail.
 */
function isAbortedByClient(thrown: unknown, { raw }: FastifyRequest): boolean {
  return !(thrown instanceof AppError) && raw.destroyed && !raw.complete;
}
