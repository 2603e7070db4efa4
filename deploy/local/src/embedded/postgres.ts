import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { type LaunchCommand, type Part, READY_TIMEOUT_MS } from '../supervise/part.js';
import { serverEnvironment } from '../system/child-environment.js';
import type { Layout } from '../system/layout.js';
import { POSTGRES_USER, prepareCluster } from './postgres-cluster.js';
import { postgresHome } from './postgres-home.js';

const DATABASE = 'fraudflow';

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  // No socket file: its path may be too long, or its folder may belong to another account.
  unix_socket_directories: '',
  shared_buffers: '96MB',
  max_connections: '100',
  max_wal_size: '1GB',
  jit: 'off',
};

interface PostgresOptions {
  readonly layout: Layout;
  readonly port: number;
  /** Folder of `initdb` and `postgres` to use instead of the bundled ones. */
  readonly postgresBinDir?: string | undefined;
  readonly notice: (text: string) => void;
}

/** A Postgres on loopback with one user, one password (in a file of mode 0600) and one database. */
export function postgresPart({ layout, port, postgresBinDir, notice }: PostgresOptions): Part {
  return {
    name: 'postgres',
    kind: 'embedded',
    ports: { postgres: port },
    address: `postgres://${POSTGRES_USER}@127.0.0.1:${port}/${DATABASE}`,
    // Fast shutdown: ends sessions instead of waiting for them.
    stopSignal: 'SIGINT',
    stopTimeoutMs: 15_000,
    readyTimeoutMs: READY_TIMEOUT_MS,
    isReady: () => hasDatabase(layout, port),
    prepare: async (): Promise<LaunchCommand> => {
      const home = postgresHome(layout, postgresBinDir);
      if (home.isRelocated)
        notice(`${layout.root} is closed to other users, so Postgres keeps its files in ${home.clusterDir}`);
      await prepareCluster(home, layout.postgresPassword);
      const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
      return {
        file: join(home.binDir, 'postgres'),
        args: ['-D', home.clusterDir, '-p', String(port), ...settings],
        env: { ...serverEnvironment(), LC_ALL: 'C' },
        cwd: '/',
        ...home.account,
      };
    },
  };
}

/** The connection URL with the password: pass it to a driver, never to a log. */
export function postgresUrl(layout: Layout, port: number): string {
  const password = readFileSync(layout.postgresPassword, 'utf8').trim();
  return `postgres://${POSTGRES_USER}:${password}@127.0.0.1:${port}/${DATABASE}`;
}

/** True once a login works and the database exists. The first call creates the database. */
async function hasDatabase(layout: Layout, port: number): Promise<boolean> {
  let client: pg.Client | undefined;
  try {
    const url = new URL(postgresUrl(layout, port));
    url.pathname = '/postgres';
    client = new pg.Client({ connectionString: url.href, connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    await client.connect();
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
    return true;
  } catch {
    return false;
  } finally {
    await client?.end().catch(() => undefined);
  }
}
