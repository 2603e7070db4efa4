import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { failedPrecondition } from '@fraudflow/core';
import { nativePlatform, OPENMP_FILE } from './native-platform.js';

/** Paths of the native library and of what it needs. */
export interface XgboostLibrary {
  /** Absolute path of the shared library. */
  readonly path: string;
  /** An extracted OpenMP runtime to try when the system has none. */
  readonly openMpPath?: string;
}

/** Where the native library is searched for. */
export interface XgboostLibraryOptions {
  /** A library chosen in the configuration; it takes precedence over the extracted one. */
  readonly libraryPath?: string;
  /** Folder into which the set-up extracts libraries, see `extractXgboostLibrary`: `<dataDir>/native`. */
  readonly nativeDir: string;
}

/**
 * Finds the native XGBoost library without loading it.
 * @throws AppError failed_precondition that names the missing file and the command that creates it.
 */
export function resolveXgboostLibrary(options: XgboostLibraryOptions): XgboostLibrary {
  const folder = join(options.nativeDir, nativePlatform().key);
  const path = options.libraryPath ?? join(folder, nativePlatform().xgboostFile);
  if (!existsSync(path)) {
    throw failedPrecondition(
      `the XGBoost library ${path} does not exist: run ./fraudflow demo or test, which set it up`,
      {
        code: 'XGBOOST_LIBRARY_MISSING',
      },
    );
  }
  const openMpPath = join(folder, OPENMP_FILE);
  return existsSync(openMpPath) ? { path, openMpPath } : { path };
}
