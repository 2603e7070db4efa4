import 'reflect-metadata';
import { runServiceProcess } from '@fraudflow/observability';
import { registryConfigSchema } from './config.js';
import { startRegistry } from './start.js';

await runServiceProcess('registry', registryConfigSchema, startRegistry);
