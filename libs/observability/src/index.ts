export * from './health.js';
export * from './logger.js';
export * from './metrics.js';
export * from './ops.module.js';
export * from './service-process.js';
export * from './trace-context.js';
