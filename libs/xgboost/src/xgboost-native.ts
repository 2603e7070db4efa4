/* oxlint-disable max-params -- the shapes are those of the C API */
import * as koffi from 'koffi';

/** A library could not be loaded. `missing` names the system library that it needs, if that is the cause. */
export class LibraryLoadError extends Error {
  constructor(
    message: string,
    readonly missing: string | undefined,
    cause: unknown,
  ) {
    super(message, { cause });
    this.name = 'LibraryLoadError';
  }
}

export interface NativeLibraryPaths {
  readonly path: string;
  readonly openMpPath?: string;
}

/** Oldest supported version; 2.1 aborts in its first call under Node 22 and newer. */
export const LEAST_XGBOOST = { major: 3, minor: 1 } as const;

/** Functions of XGBoost's C API; each returns 0, or -1 with the reason in `lastError` of the same thread. */
export interface XgboostApi {
  /** e.g. `3.4.0` */
  readonly version: string;
  readonly lastError: () => string;
  readonly matrixFromDense: (
    rows: Float32Array,
    rowCount: number,
    columns: number,
    missing: number,
    out: Handle,
  ) => number;
  readonly matrixSetFloats: (matrix: Pointer, field: string, values: Float32Array, count: number) => number;
  readonly matrixFree: (matrix: Pointer) => number;
  readonly boosterCreate: (matrices: readonly Pointer[], count: number, out: Handle) => number;
  readonly boosterSetParam: (booster: Pointer, name: string, value: string) => number;
  readonly boosterUpdate: (booster: Pointer, round: number, matrix: Pointer) => number;
  readonly boosterEvaluate: (
    booster: Pointer,
    round: number,
    matrices: readonly Pointer[],
    names: readonly string[],
    count: number,
    out: [string | null],
  ) => number;
  readonly boosterPredict: (
    booster: Pointer,
    matrix: Pointer,
    optionMask: number,
    treeLimit: number,
    training: number,
    length: [number | bigint],
    out: Handle,
  ) => number;
  readonly boosterSave: (booster: Pointer, config: string, length: [number | bigint], out: Handle) => number;
  readonly boosterFree: (booster: Pointer) => number;
}

export type Pointer = bigint;
export type Handle = [Pointer | null];

/**
 * Loads XGBoost into this process. The system's OpenMP runtime is preferred; the extracted
 * one is loaded by its path only when the system has none, since two runtimes in one process compete for the cores.
 * @throws LibraryLoadError
 */
export function loadXgboost(paths: NativeLibraryPaths): XgboostApi {
  const library = openLibrary(paths);
  const version = checkedVersion(library, paths.path);
  return { ...bind(library), version };
}

/** Checked before any other call: an incompatible library may abort the process instead of returning an error. */
function checkedVersion(library: koffi.LibraryHandle, path: string): string {
  const [major, minor, patch]: readonly [[number], [number], [number]] = [[0], [0], [0]];
  try {
    library.func('void XGBoostVersion(_Out_ int *major, _Out_ int *minor, _Out_ int *patch)')(major, minor, patch);
  } catch (error) {
    throw new LibraryLoadError(`${path} is not an XGBoost library: ${messageOf(error)}`, undefined, error);
  }
  const version = `${major[0]}.${minor[0]}.${patch[0]}`;
  const { major: leastMajor, minor: leastMinor } = LEAST_XGBOOST;
  if (major[0] > leastMajor || (major[0] === leastMajor && minor[0] >= leastMinor)) return version;
  const needed = `${leastMajor}.${leastMinor}`;
  throw new LibraryLoadError(`${path} is XGBoost ${version}, but ${needed} or newer is needed`, undefined, undefined);
}

function openLibrary(paths: NativeLibraryPaths): koffi.LibraryHandle {
  try {
    return koffi.load(paths.path);
  } catch (error) {
    const missing = missingLibrary(error);
    if (missing?.startsWith('libgomp') !== true || paths.openMpPath === undefined) {
      throw new LibraryLoadError(messageOf(error), missing, error);
    }
  }
  try {
    // Global, so that the loader satisfies XGBoost's need of libgomp.so.1 with the one already in memory.
    koffi.load(paths.openMpPath, { global: true });
    return koffi.load(paths.path);
  } catch (error) {
    throw new LibraryLoadError(messageOf(error), missingLibrary(error), error);
  }
}

/**
 * Name of the missing library in the loader's message: `libgomp.so.1: cannot open ...` or `Library not loaded:
 * @rpath/libomp.dylib`.
 */
function missingLibrary(error: unknown): string | undefined {
  const match = /(lib[\w+.-]+): cannot open shared object|Library not loaded: (?:\S*\/)?(\S+)/.exec(messageOf(error));
  return match?.[1] ?? match?.[2];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function bind(library: koffi.LibraryHandle): Omit<XgboostApi, 'version'> {
  return {
    lastError: library.func('const char *XGBGetLastError()'),
    matrixFromDense: library.func(
      'int XGDMatrixCreateFromMat(const float *data, uint64_t rows, uint64_t columns, float missing, _Out_ void **out)',
    ),
    matrixSetFloats: library.func(
      'int XGDMatrixSetFloatInfo(void *matrix, const char *field, const float *values, uint64_t count)',
    ),
    matrixFree: library.func('int XGDMatrixFree(void *matrix)'),
    boosterCreate: library.func('int XGBoosterCreate(const void **matrices, uint64_t count, _Out_ void **out)'),
    boosterSetParam: library.func('int XGBoosterSetParam(void *booster, const char *name, const char *value)'),
    boosterUpdate: library.func('int XGBoosterUpdateOneIter(void *booster, int round, void *matrix)'),
    boosterEvaluate: library.func(
      'int XGBoosterEvalOneIter(void *booster, int round, const void **matrices, const char **names, uint64_t count, _Out_ const char **out)',
    ),
    boosterPredict: library.func(
      'int XGBoosterPredict(void *booster, void *matrix, int options, unsigned int trees, int training, _Out_ uint64_t *length, _Out_ void **out)',
    ),
    boosterSave: library.func(
      'int XGBoosterSaveModelToBuffer(void *booster, const char *config, _Out_ uint64_t *length, _Out_ void **out)',
    ),
    boosterFree: library.func('int XGBoosterFree(void *booster)'),
  };
}

/** Copies `length` float32 values out of memory that XGBoost owns and reuses. */
export function copyFloats(address: Pointer, length: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(koffi.decode(address, 'float', length) as Float32Array);
}

/** Copies `length` bytes of UTF-8 text out of memory that XGBoost owns and reuses. */
export function copyText(address: Pointer, length: number): string {
  return Buffer.from(koffi.decode(address, 'uint8_t', length) as Uint8Array).toString('utf8');
}
