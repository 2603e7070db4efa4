import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { failedPrecondition } from '@fraudflow/core';
import type { Account } from '../system/reachable.js';

const CANDIDATES = ['postgres', '_postgres', 'nobody'];

/**
 * The account that Postgres runs as: undefined for the account of this process. Postgres refuses root; under root it is
 * the owner of the existing cluster, else an unprivileged account of the system. No account is created.
 */
export function postgresAccount(clusterDir: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const cluster = statSync(clusterDir, { throwIfNoEntry: false });
  if (cluster && cluster.uid !== 0) return { uid: cluster.uid, gid: cluster.gid };
  for (const name of CANDIDATES) {
    const account = lookUp(name);
    if (account) return account;
  }
  throw failedPrecondition(
    `Postgres refuses to run as root and none of the accounts ${CANDIDATES.join(', ')} exists; run fraudflow as an ordinary user`,
    { code: 'POSTGRES_ROOT' },
  );
}

function lookUp(name: string): Account | undefined {
  try {
    return { uid: idOf('-u', name), gid: idOf('-g', name) };
  } catch {
    return undefined;
  }
}

function idOf(flag: string, name: string): number {
  return Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
}
