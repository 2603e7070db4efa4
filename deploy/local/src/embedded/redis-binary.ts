import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { failedPrecondition } from '@fraudflow/core';
import { writeFileAtomically } from '../system/atomic-file.js';
import { whyItDoesNotRun } from '../system/executable-runs.js';
import { readZipEntry } from '../system/zip-entry.js';
import { findJar } from './java.js';

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64', ia32: '386' };

/**
 * A redis-server that runs here: the configured one, else the one of the embedded-redis jar (unpacked once), else the
 * system's.
 * @throws AppError failed_precondition saying what to install if none of them runs.
 */
export async function findRedisServer(nativeDir: string, libDir: string, configured?: string): Promise<string> {
  if (configured !== undefined) return configured;
  const unpacked = join(nativeDir, 'redis-server');
  if (!existsSync(unpacked)) unpack(libDir, unpacked);
  const problem = existsSync(unpacked) ? await whyItDoesNotRun(unpacked) : 'the jar has none for this machine';
  if (problem === undefined) return unpacked;
  if ((await whyItDoesNotRun('redis-server')) === undefined) return 'redis-server';
  throw failedPrecondition(
    `no redis-server runs on this machine (${problem}); install one: apt install redis-server, or brew install redis`,
    { code: 'REDIS_NOT_RUNNABLE' },
  );
}

function unpack(libDir: string, target: string): void {
  const architecture = ARCHITECTURES[process.arch];
  const suffix = `-${process.platform}-${architecture}`;
  const jar = findJar(libDir, 'embedded-redis');
  try {
    writeFileAtomically(
      target,
      readZipEntry(jar, (name) => name.startsWith('redis-server-') && name.endsWith(suffix)),
      0o755,
    );
  } catch (thrown) {
    if (!isMissingEntry(thrown)) throw thrown;
  }
}

function isMissingEntry(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'ZIP_ENTRY_NOT_FOUND';
}
