import 'reflect-metadata';
import { runServiceProcess } from '@fraudflow/observability';
import { scorerConfigSchema } from './config.js';
import { startScorer } from './start.js';

await runServiceProcess('scorer', scorerConfigSchema, startScorer);
