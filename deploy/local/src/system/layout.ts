import { accessSync, chmodSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '@fraudflow/core';

/** Where everything of one local installation lies. All paths are absolute. */
export interface Layout {
  readonly root: string;
  readonly kafka: string;
  readonly redis: string;
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

/** Data folder used unless one is named: `.fraudflow` beside the `fraudflow` script. */
export function defaultDataDir(): string {
  return join(repositoryRoot(), '.fraudflow');
}

/** Jars of the embedded stack as Maven copied them. */
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

/**
 * Makes the folders. The ones on the way to the Postgres data may be passed through, though not listed, by another user:
 * under root, Postgres runs as one.
 * @throws AppError permission_denied if the folder belongs to somebody else.
 */
export function createLayout(layout: Layout): void {
  for (const folder of [layout.run, layout.logs, layout.native, layout.artifacts, dirname(layout.postgres)]) {
    makeWritable(folder);
  }
  if (process.getuid?.() !== 0) return;
  for (const folder of [layout.root, dirname(layout.postgres)]) chmodSync(folder, statSync(folder).mode | 0o011);
}

function makeWritable(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
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
