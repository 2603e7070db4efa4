import { ConfigError, listSettings, loadConfig, processEnvironment } from '@fraudflow/config';
import { asError } from '@fraudflow/core';
import type { Registry } from 'prom-client';
import type { z } from 'zod';
import { HealthRegistry } from './health.js';
import { createLogger, type Logger } from './logger.js';
import { createMetrics } from './metrics.js';

/** What every service is given at start. */
export interface ServiceContext<Config> {
  readonly service: string;
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly health: HealthRegistry;
}

export interface RunningService {
  /** Finishes running work and lets go of everything. Called once. */
  stop(): Promise<void>;
}

type WithProcess = { readonly process: { readonly logLevel: string; readonly shutdownTimeoutMs: number } };

/**
 * The life of a service process: settings (all problems listed, exit 2), start (exit 1 if it fails), then until SIGTERM or
 * SIGINT, then a graceful stop bounded by `process.shutdownTimeoutMs`.
 */
export async function runServiceProcess<Schema extends z.ZodObject>(
  service: string,
  schema: Schema,
  start: (context: ServiceContext<z.output<Schema>>) => Promise<RunningService>,
): Promise<void> {
  const config = settingsOrExit(service, schema);
  const { logLevel, shutdownTimeoutMs } = (config as WithProcess).process;
  const logger = createLogger(service, logLevel);
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
    stopOnSignal(running, health, logger, shutdownTimeoutMs);
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

function stopOnSignal(running: RunningService, health: HealthRegistry, logger: Logger, timeoutMs: number): void {
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) return;
    stopping = true;
    health.startDraining();
    logger.info({ event: 'stopping', signal });
    setTimeout(() => {
      logger.error({ event: 'stop_timed_out', timeoutMs });
      process.exit(1);
    }, timeoutMs).unref();
    running.stop().then(
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
