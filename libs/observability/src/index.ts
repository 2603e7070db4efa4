export {
  cachedCheck,
  type HealthCheck,
  HealthRegistry,
  type HealthStatus,
  type ReadinessReport,
  type ReadinessScope,
} from './health.js';
export { createLogger, type Logger, silentLogger } from './logger.js';
export { Counter, createMetrics, Gauge, Histogram, LATENCY_BUCKETS_SECONDS, Registry } from './metrics.js';
export { OpsModule } from './ops.module.js';
export { type RunningService, runServiceProcess, type ServiceContext } from './service-process.js';
export {
  currentTraceparent,
  newTraceparent,
  traceIdOf,
  type Traceparent,
  withoutTrace,
  withTrace,
} from './trace-context.js';
