import { failedPrecondition } from '@fraudflow/core';

/** A machine for which Maven's xgboost4j jar carries the library. */
export interface NativePlatform {
  /** Folder name, `<os>-<arch>` in Node's words, e.g. `linux-x64`. */
  readonly key: string;
  /** Entry of the library in `ml.dmlc:xgboost4j_2.12`. */
  readonly xgboostEntry: string;
  /** File name it is extracted to. */
  readonly xgboostFile: string;
  /** Entry of the OpenMP runtime in `org.bytedeco:bullet`, where that jar has one. */
  readonly openMpEntry?: string;
}

/** File name of the extracted OpenMP runtime; also the name under which XGBoost asks for it. */
export const OPENMP_FILE = 'libgomp.so.1';

const PLATFORMS: readonly NativePlatform[] = [
  {
    key: 'linux-x64',
    xgboostEntry: 'lib/linux/x86_64/libxgboost4j.so',
    xgboostFile: 'libxgboost4j.so',
    openMpEntry: 'org/bytedeco/bullet/linux-x86_64/libgomp.so.1',
  },
  { key: 'linux-arm64', xgboostEntry: 'lib/linux/aarch64/libxgboost4j.so', xgboostFile: 'libxgboost4j.so' },
  { key: 'darwin-x64', xgboostEntry: 'lib/macos/x86_64/libxgboost4j.dylib', xgboostFile: 'libxgboost4j.dylib' },
  { key: 'darwin-arm64', xgboostEntry: 'lib/macos/aarch64/libxgboost4j.dylib', xgboostFile: 'libxgboost4j.dylib' },
  { key: 'win32-x64', xgboostEntry: 'lib/windows/x86_64/xgboost4j.dll', xgboostFile: 'xgboost4j.dll' },
];

/** @throws AppError failed_precondition if no library exists for this machine. */
export function nativePlatform(os: string = process.platform, arch: string = process.arch): NativePlatform {
  const key = `${os}-${arch}`;
  const platform = PLATFORMS.find((candidate) => candidate.key === key);
  if (platform) return platform;
  throw failedPrecondition(
    `there is no XGBoost library for ${key}; supported are ${PLATFORMS.map((candidate) => candidate.key).join(', ')}`,
    { code: 'XGBOOST_PLATFORM' },
  );
}
