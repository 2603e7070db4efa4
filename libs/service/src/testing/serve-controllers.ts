import { HealthRegistry, Registry, silentLogger } from '@fraudflow/observability';
import { createHttpApp } from '@fraudflow/rpc';
import { type DynamicModule, Module, type Provider, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { GrpcTransport, type GrpcTransportOptions } from '../grpc/grpc-transport.js';
import { ServiceModule } from '../service.module.js';
import { startService } from '../start-service.js';

/** Controllers to serve, with what they inject. */
export interface ServedControllers extends Partial<Pick<GrpcTransportOptions, 'isServing' | 'services'>> {
  readonly controllers: readonly Type[];
  /** A provider, or an instance that is injected by its class. */
  readonly providers?: readonly Provider[];
  readonly metrics?: Registry;
  /** Creates the HTTP application; default: as services do. */
  readonly createApp?: (module: DynamicModule) => Promise<NestFastifyApplication>;
}

/** Running controllers. */
export interface Serving {
  /** `http://127.0.0.1:port` */
  readonly baseUrl: string;
  /** `127.0.0.1:port` */
  readonly grpcAddress: string;
  /** Cuts running calls off. */
  close(): Promise<void>;
}

@Module({})
class ServedModule {}

/** Serves controllers on free ports, as a service does, for tests. */
export async function serveControllers({
  controllers,
  providers = [],
  services = [],
  isServing,
  createApp = (module) => createHttpApp(module, { logger: silentLogger }),
  metrics = new Registry(),
}: ServedControllers): Promise<Serving> {
  const context = { service: 'test', config: {}, logger: silentLogger, metrics, health: new HealthRegistry() };
  const grpc = new GrpcTransport({
    logger: silentLogger,
    metrics,
    address: '127.0.0.1:0',
    services,
    stopGraceMs: 0,
    ...(isServing === undefined ? {} : { isServing }),
  });
  const app = await createApp({
    module: ServedModule,
    imports: [ServiceModule.forRoot(context)],
    controllers: [...controllers],
    providers: [...providers],
  });
  const running = await startService(app, { httpPort: 0, bindAddress: '127.0.0.1', transports: [grpc] });
  return {
    baseUrl: `http://127.0.0.1:${running.httpPort}`,
    grpcAddress: `127.0.0.1:${grpc.port}`,
    close: () => running.stop(),
  };
}
