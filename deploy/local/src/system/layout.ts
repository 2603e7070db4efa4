import { accessSync, chmodSync, constants, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '@fraudflow/core';

/** Absolute paths of one local installation. */
export interface Layout {
  readonly root: string;
  readonly kafka: string;
  readonly redis: string;
  /** Password of the only user of the embedded Redis. */
  readonly redisPassword: string;
  readonly postgres: string;
  readonly postgresPassword: string;
  /** Files written again at each start: generated configuration, state, claim. */
  readonly run: string;
  readonly state: string;
  readonly claim: string;
  readonly logs: string;
  /** Binaries and libraries unpacked for this operating system and processor. */
  readonly native: string;
  readonly artifacts: string;
}

/** The folder that holds the `fraudflow` script. */
export function repositoryRoot(): string {
  return resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');
}

/** Default data folder: `.fraudflow` beside the `fraudflow` script. */
export function defaultDataDir(): string {
  return join(repositoryRoot(), '.fraudflow');
}

/** Folder of the jars of the embedded stack, copied by Maven. */
export function defaultLibDir(): string {
  return join(defaultDataDir(), 'lib');
}

export function layoutOf(dataDir: string): Layout {
  const root = resolve(dataDir);
  const data = join(root, 'data');
  const run = join(root, 'run');
  return {
    root,
    kafka: join(data, 'kafka'),
    redis: join(data, 'redis'),
    redisPassword: join(data, 'redis.password'),
    postgres: join(data, 'postgres'),
    postgresPassword: join(data, 'postgres.password'),
    run,
    state: join(run, 'state.json'),
    claim: join(run, 'supervisor.json'),
    logs: join(root, 'logs'),
    native: join(root, 'native', `${process.platform}-${process.arch}`),
    artifacts: join(root, 'artifacts'),
  };
}

/** Read, write and list for the owner only. */
const OWNER_ONLY = 0o700;
/** The same; other accounts may enter the folder, but not list it. */
const PASSABLE = 0o711;

/**
 * Creates the folders with permissions for their owner only, because topics, state and logs contain customer data.
 * Existing folders get the same permissions. Under root, Postgres runs as another account, which must be able to enter
 * the folders above its own.
 * @throws AppError permission_denied if the folder belongs to another account
 */
export function createLayout(layout: Layout): void {
  const abovePostgres = [layout.root, dirname(layout.postgres)];
  const closed = [layout.kafka, layout.redis, layout.run, layout.logs, layout.native, layout.artifacts];
  for (const folder of [...abovePostgres, ...closed]) makeWritable(folder);
  for (const folder of closed) chmodSync(folder, OWNER_ONLY);
  const isRoot = process.getuid?.() === 0;
  for (const folder of abovePostgres) chmodSync(folder, isRoot ? PASSABLE : OWNER_ONLY);
}

function makeWritable(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: OWNER_ONLY });
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw new AppError(
      'permission_denied',
      `cannot write to ${folder}; run as the user it belongs to, or name another data folder`,
      {
        cause,
      },
    );
  }
}
