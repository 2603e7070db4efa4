import type { Logger } from '@fraudflow/observability';
import { createHttpApp } from '@fraudflow/rpc';
import type { DynamicModule } from '@nestjs/common';

/** Maximum size of a REST body with up to 1,000 records. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;

/**
 * The HTTP application. It leaves bodies as bytes, which are split into items that are limited and parsed one by one.
 */
export async function createIntakeApp(
  module: DynamicModule,
  logger: Logger,
  allowedHosts: readonly string[] = [],
): ReturnType<typeof createHttpApp> {
  const app = await createHttpApp(module, { logger, bodyLimitBytes: MAX_BODY_BYTES, allowedHosts });
  app.getHttpAdapter().getInstance().removeContentTypeParser('application/json');
  app.useBodyParser('application/json', { bodyLimit: MAX_BODY_BYTES }, (_request, body, done) => done(null, body));
  return app;
}
