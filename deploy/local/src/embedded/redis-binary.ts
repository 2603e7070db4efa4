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
  /** Path of a server that the operator chose. It is used without a check of its version. */
  readonly configured?: string | undefined;
  /** True if services listen on loopback only, so that no other machine reaches Redis through them. */
  readonly isLoopbackOnly: boolean;
}

/**
 * Path of a Redis or Valkey server that runs on this machine: the configured one, else one of the system with the fixes
 * of CVE-2025-49844, else the one of the embedded-redis jar. That one, 6.2.11, lacks the fixes and is used on loopback
 * only, because stage commits are Lua scripts, which the CVE affects.
 * @throws AppError failed_precondition if none may be used; the message names the package to install
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
  const unpacked = bundledRedisServer(nativeDir, libDir);
  const problem = existsSync(unpacked) ? await whyItDoesNotRun(unpacked) : 'the jar has none for this machine';
  if (problem === undefined) return unpacked;
  throw failedPrecondition(`no redis-server runs on this machine (${problem}); ${INSTALL}`, {
    code: 'REDIS_NOT_RUNNABLE',
  });
}

/** Path of the server of the embedded-redis jar, unpacked if it was not yet. The jar may lack one for this machine. */
export function bundledRedisServer(nativeDir: string, libDir: string): string {
  const unpacked = join(nativeDir, 'redis-server');
  if (!existsSync(unpacked)) unpack(libDir, unpacked);
  return unpacked;
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

/** Output of the program; undefined if it does not exist or fails. */
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
