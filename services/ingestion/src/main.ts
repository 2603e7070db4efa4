import 'reflect-metadata';
import { runServiceProcess } from '@fraudflow/observability';
import { ingestionConfigSchema } from './config.js';
import { startIngestion } from './start.js';

await runServiceProcess('ingestion', ingestionConfigSchema, startIngestion);
