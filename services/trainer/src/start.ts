import type { ServiceContext } from '@fraudflow/observability';
import { createHttpApp } from '@fraudflow/rpc';
import { GrpcTransport, type StartedService, startService, StreamTransport } from '@fraudflow/service';
import { AppModule } from './app.module.js';
import type { TrainerConfig } from './config.js';

/** A started trainer with its bound ports. */
export interface RunningTrainer extends StartedService {
  readonly grpcPort: number;
}

/** Starts the trainer. */
export async function startTrainer(context: ServiceContext<TrainerConfig>): Promise<RunningTrainer> {
  const { process, http } = context.config;
  const app = await createHttpApp(AppModule.forRoot(context), {
    logger: context.logger,
    allowedHosts: process.allowedHosts,
  });
  const grpc = app.get(GrpcTransport);
  const transports = [grpc, app.get(StreamTransport)];
  const started = await startService(app, { httpPort: http.port, bindAddress: process.bindAddress, transports });
  return { ...started, grpcPort: grpc.port ?? 0 };
}
