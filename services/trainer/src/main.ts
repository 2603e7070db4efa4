import 'reflect-metadata';
import { runServiceProcess } from '@fraudflow/observability';
import { trainerConfigSchema } from './config.js';
import { startTrainer } from './start.js';

await runServiceProcess('trainer', trainerConfigSchema, startTrainer);
