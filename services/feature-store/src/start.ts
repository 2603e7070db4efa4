import type { RunningService, ServiceContext } from '@fraudflow/observability';
import { createHttpApp } from '@fraudflow/rpc';
import { GrpcTransport, startService, StreamTransport } from '@fraudflow/service';
import { AppModule } from './app.module.js';
import type { FeatureStoreConfig } from './config.js';
import { FEAST_REGISTRY_TRANSPORT, FLIGHT_TRANSPORT } from './feast-sdk.providers.js';
import { FeastHttpParts, feastHttpPlugin } from './protocols/feast/http/feast-http.plugin.js';

/** Starts the feature store. */
export async function startFeatureStore(context: ServiceContext<FeatureStoreConfig>): Promise<RunningService> {
  const { process, http } = context.config;
  const app = await createHttpApp(AppModule.forRoot(context), {
    logger: context.logger,
    allowedHosts: process.allowedHosts,
    carriesTrace: false,
  });
  await app
    .getHttpAdapter()
    .getInstance()
    .register(feastHttpPlugin(app.get(FeastHttpParts)));
  return startService(app, {
    httpPort: http.port,
    bindAddress: process.bindAddress,
    transports: [
      app.get(GrpcTransport),
      app.get<GrpcTransport>(FEAST_REGISTRY_TRANSPORT),
      app.get<GrpcTransport>(FLIGHT_TRANSPORT),
      app.get(StreamTransport),
    ],
  });
}
