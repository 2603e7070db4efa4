import 'reflect-metadata';
import { runServiceProcess } from '@fraudflow/observability';
import { registryConfigSchema } from './config.js';
import { startRegistryService } from './registry-service.js';

await runServiceProcess('registry', registryConfigSchema, startRegistryService);
