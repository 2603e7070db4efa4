import type { ServiceContext } from '@fraudflow/observability';
import { createHttpApp } from '@fraudflow/rpc';
import { type StartedService, startService, StreamTransport } from '@fraudflow/service';
import { AppModule } from './app.module.js';
import type { DriftMonitorConfig } from './config.js';

/** Starts the drift monitor. */
export async function startDriftMonitor(context: ServiceContext<DriftMonitorConfig>): Promise<StartedService> {
  const { process, httpPort } = context.config;
  const app = await createHttpApp(AppModule.forRoot(context), {
    logger: context.logger,
    allowedHosts: process.allowedHosts,
  });
  return startService(app, {
    httpPort,
    bindAddress: process.bindAddress,
    transports: [app.get(StreamTransport)],
  });
}
