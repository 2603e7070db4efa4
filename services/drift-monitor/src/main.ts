import 'reflect-metadata';
import { runServiceProcess } from '@fraudflow/observability';
import { driftMonitorConfigSchema } from './config.js';
import { startDriftMonitor } from './start.js';

await runServiceProcess('drift-monitor', driftMonitorConfigSchema, startDriftMonitor);
