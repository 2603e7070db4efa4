import { loadConfig } from '@fraudflow/config';
import { createMetrics, HealthRegistry, type ServiceContext, silentLogger } from '@fraudflow/observability';
import { type RegistryConfig, registryConfigSchema } from '../src/config.js';

/** The context of a registry on a free port. @param env settings that differ from the defaults */
export function aRegistryContext(env: Readonly<Record<string, string>>): ServiceContext<RegistryConfig> {
  return {
    service: 'registry',
    config: loadConfig(registryConfigSchema, { FRAUDFLOW_REGISTRY_HTTP_PORT: '0', ...env }),
    logger: silentLogger,
    metrics: createMetrics('registry'),
    health: new HealthRegistry(),
  };
}
