import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { asError, failedPrecondition } from '@fraudflow/core';
import * as yauzl from 'yauzl';
import { nativePlatform, OPENMP_FILE } from './native-platform.js';

/**
 * Takes this platform's XGBoost library out of the Maven jar `ml.dmlc:xgboost4j_2.12:3.4.0`.
 * Idempotent: a file of the right size stays. Atomic: written beside and renamed, so a killed run leaves no half library.
 * @param targetDir folder of native files, e.g. `<dataDir>/native`; the library goes to `<targetDir>/<os>-<arch>/`
 * @returns path of the library
 * @throws AppError failed_precondition if the jar cannot be read or lacks the library.
 */
export async function extractXgboostLibrary(jarPath: string, targetDir: string): Promise<string> {
  const { key, xgboostEntry, xgboostFile } = nativePlatform();
  return extractEntry(jarPath, xgboostEntry, join(targetDir, key), xgboostFile);
}

/**
 * Takes the OpenMP runtime `libgomp.so.1` (155 kB, GCC runtime library exception) out of the Maven jar
 * `org.bytedeco:bullet:3.25-1.5.9:linux-x86_64`, for machines without the system's. Same guarantees as
 * {@link extractXgboostLibrary}.
 * @returns its path, or undefined on platforms for which the jar has none
 */
export async function extractOpenMpRuntime(jarPath: string, targetDir: string): Promise<string | undefined> {
  const { key, openMpEntry } = nativePlatform();
  if (openMpEntry === undefined) return undefined;
  return extractEntry(jarPath, openMpEntry, join(targetDir, key), OPENMP_FILE);
}

async function extractEntry(jarPath: string, entryName: string, folder: string, fileName: string): Promise<string> {
  const target = join(folder, fileName);
  let zip: yauzl.ZipFile | undefined;
  try {
    zip = await yauzl.openPromise(jarPath);
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName !== entryName) continue;
      if ((await sizeOf(target)) !== entry.uncompressedSize) await writeAtomically(zip, entry, folder, target);
      return target;
    }
  } catch (error) {
    throw failedPrecondition(`cannot take ${fileName} out of ${jarPath}: ${asError(error).message}`, { cause: error });
  } finally {
    zip?.close();
  }
  throw failedPrecondition(`${jarPath} holds no ${entryName}`);
}

async function writeAtomically(zip: yauzl.ZipFile, entry: yauzl.Entry, folder: string, target: string): Promise<void> {
  const temporary = `${target}.${randomUUID()}.part`;
  await mkdir(folder, { recursive: true });
  try {
    await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(temporary, { mode: 0o755 }));
    await rename(temporary, target);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
