import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { asError, failedPrecondition, unavailable } from '@fraudflow/core';
import { serverEnvironment } from '../system/child-environment.js';
import { commandLineOf } from '../system/process-identity.js';
import type { PostgresHome } from './postgres-home.js';

export const POSTGRES_USER = 'fraudflow';

const run = promisify(execFile);

/**
 * Creates the cluster if there is none, and removes what a kill left: an incomplete cluster, a stale pid file.
 * @throws AppError failed_precondition if the data cannot be used; the message names the remedy
 */
export async function prepareCluster(home: PostgresHome, passwordFile: string): Promise<void> {
  setAsideIfUnusable(home.clusterDir);
  if (!existsSync(home.clusterDir)) await makeCluster(home, passwordFile);
  if (!existsSync(passwordFile)) {
    throw failedPrecondition(`${passwordFile} is missing; put it back, or delete ${home.clusterDir} to start empty`);
  }
  await checkVersion(home);
  removeStalePidFile(home.clusterDir);
}

/** initdb works in a temporary folder that is renamed, so the folder with the final name is always complete. */
async function makeCluster(home: PostgresHome, passwordFile: string): Promise<void> {
  const making = `${home.clusterDir}.making`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(dirname(making), { recursive: true });
  mkdirSync(making, { mode: 0o700 });
  const handOver = `${making}.password`;
  const password = randomBytes(24).toString('base64url');
  writeFileSync(handOver, password, { mode: 0o600 });
  const { account } = home;
  if (account) for (const path of [making, handOver]) chownSync(path, account.uid, account.gid);
  try {
    await run(join(home.binDir, 'initdb'), await initdbArgs(home, making, handOver), {
      env: { ...serverEnvironment(), LC_ALL: 'C' },
      cwd: '/',
      ...account,
    });
  } catch (thrown) {
    throw unavailable(`initdb failed: ${asError(thrown).message}`, { code: 'POSTGRES_INITDB', cause: thrown });
  } finally {
    rmSync(handOver, { force: true });
  }
  writeFileSync(passwordFile, password, { mode: 0o600 });
  renameSync(making, home.clusterDir);
}

async function initdbArgs(home: PostgresHome, target: string, passwordFile: string): Promise<readonly string[]> {
  // The built-in locale sorts alike on all machines; it does not depend on installed locales.
  const locale =
    (await majorVersion(home.binDir)) >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : [];
  return [
    `--pgdata=${target}`,
    `--username=${POSTGRES_USER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    ...locale,
    '--no-instructions',
  ];
}

async function majorVersion(binDir: string): Promise<number> {
  const { stdout } = await run(join(binDir, 'postgres'), ['--version']);
  return Number(/\s(\d+)/.exec(stdout)?.[1] ?? 0);
}

async function checkVersion(home: PostgresHome): Promise<void> {
  const data = Number(readFileSync(join(home.clusterDir, 'PG_VERSION'), 'utf8').trim());
  const binaries = await majorVersion(home.binDir);
  if (data === binaries) return;
  throw failedPrecondition(
    `${home.clusterDir} was created by Postgres ${data}, but the binaries are of version ${binaries}; move the folder away, or name the old binaries`,
    { code: 'POSTGRES_VERSION' },
  );
}

/** A folder without the control file cannot start. It is renamed, not deleted, because it may contain data. */
function setAsideIfUnusable(clusterDir: string): void {
  if (!existsSync(clusterDir)) return;
  const isWhole = ['PG_VERSION', 'global/pg_control'].every((name) => existsSync(join(clusterDir, name)));
  if (!isWhole) renameSync(clusterDir, `${clusterDir}.broken-${Date.now()}`);
}

/**
 * Removes a stale pid file. Postgres ignores one whose process has ended, but not one whose number belongs to another
 * process now, as is usual in containers. If a server of this cluster runs, the file is kept and Postgres reports it.
 */
function removeStalePidFile(clusterDir: string): void {
  const file = join(clusterDir, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  const owner = commandLineOf(pid);
  if (owner === undefined || !owner.includes(clusterDir)) rmSync(file, { force: true });
}
