import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { failedPrecondition } from '@fraudflow/core';
import { writeFileAtomically } from '../system/atomic-file.js';
import { serverEnvironment } from '../system/child-environment.js';
import { whyItDoesNotRun } from '../system/executable-runs.js';
import { readZipEntry } from '../system/zip-entry.js';
import { findJar } from './java.js';
import { carriesLuaFixes, firstFixedPackage, parseServerVersion } from './redis-fixes.js';

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64', ia32: '386' };
const SYSTEM_SERVERS = ['valkey-server', 'redis-server'] as const;
const INSTALL = 'install one with the fixes: apt install redis-server (or valkey-server), or brew install redis';

const run = promisify(execFile);

export interface RedisChoice {
  readonly nativeDir: string;
  readonly libDir: string;
  /** Path of a server that the operator named. It is used as it is. */
  readonly configured?: string | undefined;
  /** True if services listen on loopback only, so that no other machine can reach what they can reach. */
  readonly isLoopbackOnly: boolean;
}

/**
 * A Redis or Valkey server that runs here: the configured one, else one of the system that carries the fixes of
 * CVE-2025-49844, else the one of the embedded-redis jar (6.2.11, without the fixes; our commits are Lua scripts),
 * which is used on loopback only.
 * @throws AppError failed_precondition saying what to install if none may be used.
 */
export async function findRedisServer(choice: RedisChoice): Promise<string> {
  const { nativeDir, libDir, configured, isLoopbackOnly } = choice;
  if (configured !== undefined) return configured;
  for (const name of SYSTEM_SERVERS) if (await isFixedSystemServer(name)) return name;
  if (!isLoopbackOnly) {
    throw failedPrecondition(
      `the embedded Redis 6.2.11 is open to CVE-2025-49844 and is used on loopback only, but FRAUDFLOW_BIND_ADDRESS is another address; ${INSTALL}`,
      { code: 'EMBEDDED_REDIS_UNSAFE', field: 'FRAUDFLOW_BIND_ADDRESS' },
    );
  }
  const unpacked = join(nativeDir, 'redis-server');
  if (!existsSync(unpacked)) unpack(libDir, unpacked);
  const problem = existsSync(unpacked) ? await whyItDoesNotRun(unpacked) : 'the jar has none for this machine';
  if (problem === undefined) return unpacked;
  throw failedPrecondition(`no redis-server runs on this machine (${problem}); ${INSTALL}`, {
    code: 'REDIS_NOT_RUNNABLE',
  });
}

/** True if the server is installed and carries the fixes, by its upstream version or by its Debian package version. */
async function isFixedSystemServer(name: string): Promise<boolean> {
  const line = await outputOf(name, ['--version']);
  const version = line === undefined ? undefined : parseServerVersion(line);
  if (version === undefined) return false;
  return carriesLuaFixes(version) || (await isFixedPackage(basename(name)));
}

async function isFixedPackage(name: string): Promise<boolean> {
  const installed = (await outputOf('dpkg-query', ['--show', '--showformat=${Version}', name]))?.trim();
  const fixed = installed === undefined ? undefined : firstFixedPackage(installed);
  if (installed === undefined || fixed === undefined) return false;
  return (await outputOf('dpkg', ['--compare-versions', installed, 'ge', fixed])) !== undefined;
}

/** What the program prints; undefined if it is not there or fails. */
async function outputOf(file: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await run(file, [...args], { timeout: 10_000, env: serverEnvironment() });
    return stdout;
  } catch {
    return undefined;
  }
}

function unpack(libDir: string, target: string): void {
  const architecture = ARCHITECTURES[process.arch];
  const suffix = `-${process.platform}-${architecture}`;
  const jar = findJar(libDir, 'embedded-redis');
  try {
    writeFileAtomically(
      target,
      readZipEntry(jar, (name) => name.startsWith('redis-server-') && name.endsWith(suffix)),
      0o700,
    );
  } catch (thrown) {
    if (!isMissingEntry(thrown)) throw thrown;
  }
}

function isMissingEntry(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'ZIP_ENTRY_NOT_FOUND';
}
