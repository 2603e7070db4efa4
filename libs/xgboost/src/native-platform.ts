import { failedPrecondition } from '@fraudflow/core';

/** A machine for which Maven's xgboost4j jar contains the library. */
export interface NativePlatform {
  /** Folder name, `<os>-<arch>` in Node's words, e.g. `linux-x64`. */
  readonly key: string;
  /** File name it is extracted to. */
  readonly xgboostFile: string;
}

/** File name of an OpenMP runtime in the library's folder; also the name under which XGBoost loads it. */
export const OPENMP_FILE = 'libgomp.so.1';

const PLATFORMS: readonly NativePlatform[] = [
  {
    key: 'linux-x64',
    xgboostFile: 'libxgboost4j.so',
  },
  { key: 'linux-arm64', xgboostFile: 'libxgboost4j.so' },
  { key: 'darwin-x64', xgboostFile: 'libxgboost4j.dylib' },
  { key: 'darwin-arm64', xgboostFile: 'libxgboost4j.dylib' },
  { key: 'win32-x64', xgboostFile: 'xgboost4j.dll' },
];

/**
 * Finds the library's platform for a machine.
 * @param os as in `process.platform`.
 * @param arch as in `process.arch`.
 * @returns folder and file names.
 * @throws AppError failed_precondition if no library exists for this machine.
 */
export function nativePlatform(os: string = process.platform, arch: string = process.arch): NativePlatform {
  const key = `${os}-${arch}`;
  const platform = PLATFORMS.find((candidate) => candidate.key === key);
  if (platform) return platform;
  throw failedPrecondition(
    `there is no XGBoost library for ${key}; supported are ${PLATFORMS.map((candidate) => candidate.key).join(', ')}`,
    { code: 'XGBOOST_PLATFORM' },
  );
}
