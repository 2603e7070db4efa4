import type { ServiceContext } from '@fraudflow/observability';
import { createHttpApp } from '@fraudflow/rpc';
import { GrpcTransport, type StartedService, startService, StreamTransport } from '@fraudflow/service';
import { AppModule } from './app.module.js';
import type { ScorerConfig } from './config.js';

/** Largest REST body: one transaction, or every feature by name. */
const MAX_BODY_BYTES = 64 * 1024;

/** A started scorer with its bound ports. */
export interface RunningScorer extends StartedService {
  readonly grpcPort: number;
}

/** Starts the scorer. */
export async function startScorer(context: ServiceContext<ScorerConfig>): Promise<RunningScorer> {
  const { process, httpPort } = context.config;
  const app = await createHttpApp(AppModule.forRoot(context), {
    logger: context.logger,
    bodyLimitBytes: MAX_BODY_BYTES,
    allowedHosts: process.allowedHosts,
  });
  const grpc = app.get(GrpcTransport);
  const transports = [grpc, app.get(StreamTransport)];
  const started = await startService(app, { httpPort, bindAddress: process.bindAddress, transports });
  const grpcPort = grpc.port ?? 0;
  context.logger.info({ event: 'listening', grpcPort, httpPort: started.httpPort });
  return { ...started, grpcPort };
}
