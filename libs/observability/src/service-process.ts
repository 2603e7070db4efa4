import { ConfigError, listSettings, loadConfig, processEnvironment } from '@fraudflow/config';
import { asError, delay } from '@fraudflow/core';
import type { Registry } from 'prom-client';
import type { z } from 'zod';
import { HealthRegistry } from './health.js';
import { createLogger, type Logger } from './logger.js';
import { createMetrics } from './metrics.js';

/** Dependencies that every service gets at start. */
export interface ServiceContext<Config> {
  readonly service: string;
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly health: HealthRegistry;
}

/** A started service. */
export interface RunningService {
  /** Finishes running work and releases everything. Called once. */
  stop(): Promise<void>;
}

interface ProcessSettings {
  readonly logLevel: string;
  readonly shutdownTimeoutMs: number;
  readonly drainDelayMs: number;
}

type WithProcess = { readonly process: ProcessSettings };

/**
 * Runs a service process from start to exit. Invalid settings are all printed, exit code 2. A failed start has exit
 * code 1. On SIGTERM or SIGINT, /ready and gRPC health report not ready, the service continues to serve for
 * `process.drainDelayMs`, then it stops gracefully. If that takes longer than `process.shutdownTimeoutMs`, the process
 * exits with 1.
 */
export async function runServiceProcess<Schema extends z.ZodObject>(
  service: string,
  schema: Schema,
  start: (context: ServiceContext<z.output<Schema>>) => Promise<RunningService>,
): Promise<void> {
  const config = settingsOrExit(service, schema);
  const settings = (config as WithProcess).process;
  const logger = createLogger(service, settings.logLevel);
  const health = new HealthRegistry();
  process.on('unhandledRejection', (reason) => logger.error({ err: asError(reason), event: 'unhandled_rejection' }));
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error, event: 'uncaught_exception' });
    process.exit(1);
  });
  logger.info({ event: 'starting', settings: listSettings(schema).length, config });
  try {
    const running = await start({ service, config, logger, metrics: createMetrics(service), health });
    logger.info({ event: 'started', pid: process.pid });
    stopOnSignal(running, health, logger, settings);
  } catch (thrown) {
    logger.fatal({ err: asError(thrown), event: 'start_failed' });
    process.exit(1);
  }
}

function settingsOrExit<Schema extends z.ZodObject>(service: string, schema: Schema): z.output<Schema> {
  try {
    return loadConfig(schema, processEnvironment());
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    process.stderr.write(`${service}: ${thrown.message}\n`);
    process.exit(2);
  }
}

function stopOnSignal(
  running: RunningService,
  health: HealthRegistry,
  logger: Logger,
  settings: ProcessSettings,
): void {
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) return;
    stopping = true;
    logger.info({ event: 'stopping', signal, drainDelayMs: settings.drainDelayMs });
    setTimeout(() => {
      logger.error({ event: 'stop_timed_out', timeoutMs: settings.shutdownTimeoutMs });
      process.exit(1);
    }, settings.drainDelayMs + settings.shutdownTimeoutMs).unref();
    drainAndStop(running, health, settings.drainDelayMs).then(
      () => process.exit(0),
      (thrown: unknown) => {
        logger.error({ err: asError(thrown), event: 'stop_failed' });
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
}

/**
 * Reports not ready first and stops the service `drainDelayMs` later, so that load balancers notice it before
 * connections are refused.
 */
export async function drainAndStop(
  running: RunningService,
  health: HealthRegistry,
  drainDelayMs: number,
): Promise<void> {
  health.startDraining();
  if (drainDelayMs > 0) await delay(drainDelayMs);
  await running.stop();
}
