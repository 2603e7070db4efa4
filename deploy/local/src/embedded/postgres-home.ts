import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Layout } from '../system/layout.js';
import { mayPassThrough, type Account } from '../system/reachable.js';
import { postgresAccount } from './postgres-account.js';
import { executableFor, findPostgresBinDir } from './postgres-binaries.js';

const SHARED_ROOT = '/var/lib/fraudflow';

/** Folder of the cluster, its binaries, and their account (undefined: that of this process). */
export interface PostgresHome {
  readonly clusterDir: string;
  readonly binDir: string;
  readonly account: Account | undefined;
  /** True if cluster or binaries are outside of the data folder, because the account cannot enter it. */
  readonly isRelocated: boolean;
}

/** Chooses the folders of Postgres. They are outside of the data folder only under root, if others cannot enter it. */
export function postgresHome(layout: Layout, configuredBinDir?: string): PostgresHome {
  const binDir = findPostgresBinDir(configuredBinDir);
  const relocated = relocatedFolder(layout);
  const account = postgresAccount(layout.postgres) && accountFor(layout, relocated);
  if (!account) return { clusterDir: layout.postgres, binDir, account, isRelocated: false };
  const dataIsReachable = mayPassThrough(dirname(layout.postgres), account);
  if (!dataIsReachable || !mayPassThrough(binDir, account)) openFolder(relocated);
  const usableBinDir = executableFor(binDir, account, relocated);
  return {
    clusterDir: dataIsReachable ? layout.postgres : join(relocated, 'postgres'),
    binDir: usableBinDir,
    account,
    isRelocated: !dataIsReachable || usableBinDir !== binDir,
  };
}

/** The folder outside of the data folder for moved files; each data folder has its own. */
export function relocatedFolder(layout: Layout): string {
  return join(SHARED_ROOT, createHash('sha256').update(layout.root).digest('hex').slice(0, 12));
}

function accountFor(layout: Layout, relocated: string): Account | undefined {
  const account = postgresAccount(layout.postgres);
  if (!account || mayPassThrough(dirname(layout.postgres), account)) return account;
  return postgresAccount(join(relocated, 'postgres'));
}

/** Creates a folder that other accounts may enter, for any umask. */
function openFolder(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const path of [SHARED_ROOT, folder]) chmodSync(path, 0o755);
}
