import { failedPrecondition } from '@fraudflow/core';
import type { RunningService } from '@fraudflow/observability';
import { listenHttp } from '@fraudflow/rpc';
import type { CustomTransportStrategy, NestMicroservice } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { GrpcTransport } from './grpc/grpc-transport.js';
import { RethrowFilter } from './rethrow.filter.js';

/** Options of `startService`. */
export interface StartOptions {
  readonly httpPort: number;
  readonly bindAddress: string;
  /** In the order of their start, after HTTP: usually gRPC, then streams. */
  readonly transports?: readonly CustomTransportStrategy[];
}

/** A started service. */
export interface StartedService extends RunningService {
  /** The bound HTTP port. */
  readonly httpPort: number;
}

/**
 * Starts a hybrid Nest application: background work, HTTP, then the transports in their order. If one cannot start,
 * everything is closed again.
 * @throws what a lifecycle hook, a server or a transport throws
 */
export async function startService(
  app: NestFastifyApplication,
  { httpPort, bindAddress, transports = [] }: StartOptions,
): Promise<StartedService> {
  const microservices = transports.map((strategy) => {
    // Deferred, because filters must be set before the handlers are registered. The application calls the hooks itself.
    const microservice = app.connectMicroservice({ strategy }, { deferInitialization: true }) as NestMicroservice;
    microservice.setIsInitHookCalled(true);
    microservice.useGlobalFilters(new RethrowFilter());
    return microservice;
  });
  try {
    const bound = await listenHttp(app, httpPort, bindAddress);
    for (const microservice of microservices) await microservice.listen();
    checkHandlers(transports);
    return { httpPort: bound, stop: () => app.close() };
  } catch (thrown) {
    await app.close();
    throw thrown;
  }
}

/** A handler that no gRPC server of the service uses is a mistake: its service is not bound. */
function checkHandlers(transports: readonly CustomTransportStrategy[]): void {
  const servers = transports.filter((transport) => transport instanceof GrpcTransport);
  const [first, ...others] = servers.map(({ unusedHandlers }) => unusedHandlers);
  const unused = first?.filter((handler) => others.every((handlers) => handlers.includes(handler))) ?? [];
  if (unused.length === 0) return;
  throw failedPrecondition(`no bound gRPC service has the methods ${unused.join(', ')}`, { code: 'HANDLER_NOT_BOUND' });
}
