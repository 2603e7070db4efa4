import 'reflect-metadata';
import { runServiceProcess } from '@fraudflow/observability';
import { featureStoreConfigSchema } from './config.js';
import { startFeatureStore } from './start.js';

await runServiceProcess('feature-store', featureStoreConfigSchema, startFeatureStore);
