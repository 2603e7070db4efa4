import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '../system/atomic-file.js';
import { readZipEntry } from '../system/zip-entry.js';
import { findJar } from './java.js';

const OS_NAMES: Readonly<Record<string, string>> = { darwin: 'macos', linux: 'linux' };
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

/**
 * Unpacks XGBoost's native library (whole C API) for this machine from Maven's jar; the second call finds it there.
 * @returns its path below `nativeDir`.
 * @throws AppError failed_precondition without the jar, not_found if it has no library for this machine.
 */
export function extractXgboostLibrary(libDir: string, nativeDir: string): string {
  const name = process.platform === 'darwin' ? 'libxgboost4j.dylib' : 'libxgboost4j.so';
  const target = join(nativeDir, name);
  if (existsSync(target)) return target;
  const entry = `lib/${OS_NAMES[process.platform]}/${ARCHITECTURES[process.arch]}/${name}`;
  writeFileAtomically(
    target,
    readZipEntry(findJar(libDir, 'xgboost4j_2.12'), (path) => path === entry),
    0o755,
  );
  return target;
}
