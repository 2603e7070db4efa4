import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { notFound } from '@fraudflow/core';
import { writeFileAtomically } from '../system/atomic-file.js';
import { readZipEntry } from '../system/zip-entry.js';
import { findJar } from './java.js';

/** Entry of the jar by platform and architecture, both in Node's words. */
const ENTRIES: Readonly<Record<string, string>> = {
  'linux-x64': 'lib/linux/x86_64/libxgboost4j.so',
  'linux-arm64': 'lib/linux/aarch64/libxgboost4j.so',
  'darwin-x64': 'lib/macos/x86_64/libxgboost4j.dylib',
  'darwin-arm64': 'lib/macos/aarch64/libxgboost4j.dylib',
};

/**
 * Extracts XGBoost's native library for this machine from Maven's jar. A library extracted earlier from the same jar
 * version is reused; the file `<library>.source` has the name of the jar.
 * @returns its path below `nativeDir`.
 * @throws AppError failed_precondition without the jar, not_found if there is no library for this machine.
 */
export function extractXgboostLibrary(
  libDir: string,
  nativeDir: string,
  platform = `${process.platform}-${process.arch}`,
): string {
  const entry = ENTRIES[platform];
  if (entry === undefined) throw noLibraryFor(platform);
  const jar = findJar(libDir, 'xgboost4j_2.12');
  const target = join(nativeDir, basename(entry));
  const source = `${target}.source`;
  if (existsSync(target) && existsSync(source) && readFileSync(source, 'utf8') === basename(jar)) return target;
  writeFileAtomically(
    target,
    readZipEntry(jar, (path) => path === entry),
    0o755,
  );
  writeFileAtomically(source, basename(jar));
  return target;
}

function noLibraryFor(platform: string): Error {
  const supported = Object.keys(ENTRIES).join(', ');
  return notFound(
    `Maven has no XGBoost library for ${platform}, only for ${supported}: build XGBoost 3.1 or newer and set FRAUDFLOW_XGBOOST_LIBRARY to its path`,
    { code: 'XGBOOST_PLATFORM' },
  );
}
