import type { RunningService, ServiceContext } from '@fraudflow/observability';
import { GrpcTransport, startService, StreamTransport } from '@fraudflow/service';
import { AppModule } from './app.module.js';
import type { IngestionConfig } from './config.js';
import { createIntakeApp } from './protocols/rest/intake-app.js';

/** Starts ingestion. */
export async function startIngestion(context: ServiceContext<IngestionConfig>): Promise<RunningService> {
  const { process, http } = context.config;
  const app = await createIntakeApp(AppModule.forRoot(context), context.logger, process.allowedHosts);
  return startService(app, {
    httpPort: http.port,
    bindAddress: process.bindAddress,
    transports: [app.get(GrpcTransport), app.get(StreamTransport)],
  });
}
