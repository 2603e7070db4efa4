import type { RunningService, ServiceContext } from '@fraudflow/observability';
import { startService } from '@fraudflow/service';
import { AppModule } from './app.module.js';
import { type RegistryConfig, uploadLimits } from './config.js';
import type { ModelEventPublisher } from './journal/model-event-publisher.port.js';
import { createHttpApp } from './server/create-http-app.js';

/** A started registry. */
export interface RunningRegistry extends RunningService {
  /** `http://host:port`: the tracking URI of clients. */
  readonly url: string;
}

/** Starts the registry. @param publisher receives the model events instead of Kafka */
export async function startRegistry(
  context: ServiceContext<RegistryConfig>,
  publisher?: ModelEventPublisher,
): Promise<RunningRegistry> {
  const { config, logger } = context;
  const { bindAddress, allowedHosts } = config.process;
  const options = { logger, limits: uploadLimits(config), allowedHosts };
  const app = await createHttpApp(AppModule.forRoot(context, publisher), options);
  const { stop } = await startService(app, { httpPort: config.http.port, bindAddress });
  return { url: (await app.getUrl()).replace('[::1]', '127.0.0.1'), stop };
}
