import { join } from 'node:path';
import { loadConfig, setting, type Environment } from '@fraudflow/config';
import { defaultDataDir, type ExternalAddresses, runningDataDir } from '@fraudflow/local';
import { z } from 'zod';

/** Settings of the command line. */
export const stackSettingsSchema = z.object({
  dataDir: setting.text({
    env: 'FRAUDFLOW_DATA_DIR',
    description: 'Folder of all local data, logs and state. Empty: .fraudflow in the checkout.',
    default: '',
  }),
  kafkaBrokers: setting.list({
    env: 'FRAUDFLOW_KAFKA_BROKERS',
    description: 'Brokers to use instead of the embedded Kafka, host:port.',
    default: [],
  }),
  redisUrl: setting.secret({
    env: 'FRAUDFLOW_REDIS_URL',
    description: 'Redis to use instead of the embedded one.',
    default: '',
  }),
  postgresUrl: setting.secret({
    env: 'FRAUDFLOW_POSTGRES_URL',
    description: 'Postgres to use instead of the embedded one.',
    default: '',
  }),
  redisServer: setting.text({
    env: 'FRAUDFLOW_REDIS_SERVER',
    description: 'Path of a redis-server to run instead of the bundled one.',
    default: '',
  }),
  postgresBinDir: setting.text({
    env: 'FRAUDFLOW_POSTGRES_BIN',
    description: 'Folder of the Postgres programs to run instead of the bundled ones.',
    default: '',
  }),
});

/** Folder of the demo's own stack below the data folder, so that a demo never changes the data of `up`. */
export function demoDataDir(dataDir: string): string {
  return join(dataDir, 'demo');
}

/** The settings as options of `startStack`. */
export interface StackSettings {
  readonly dataDir: string;
  readonly external: ExternalAddresses;
  readonly redisServer: string | undefined;
  readonly postgresBinDir: string | undefined;
}

/** @throws ConfigError naming every variable that is wrong. */
export function loadStackSettings(env: Environment): StackSettings {
  const settings = loadConfig(stackSettingsSchema, env);
  const redisUrl = settings.redisUrl.reveal();
  const postgresUrl = settings.postgresUrl.reveal();
  return {
    dataDir: settings.dataDir || defaultDataDir(),
    external: {
      ...(settings.kafkaBrokers.length === 0 ? {} : { kafkaBrokers: settings.kafkaBrokers }),
      ...(redisUrl === '' ? {} : { redisUrl }),
      ...(postgresUrl === '' ? {} : { postgresUrl }),
    },
    redisServer: settings.redisServer || undefined,
    postgresBinDir: settings.postgresBinDir || undefined,
  };
}

/**
 * The settings with the folder of the stack that runs: the one of `up` or, if only `demo --keep` runs, the demo's.
 * @throws ConfigError naming every variable that is wrong.
 */
export function runningStackSettings(env: Environment): StackSettings {
  const settings = loadStackSettings(env);
  return { ...settings, dataDir: runningDataDir(settings.dataDir, demoDataDir(settings.dataDir)) };
}
