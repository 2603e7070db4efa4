import { AppError, failedPrecondition, invalidInput, unavailable } from '@fraudflow/core';
import {
  type LabelledMatrix,
  type RoundLog,
  type TrainedModel,
  type TrainOptions,
  TreeTrainer,
} from './tree-trainer.port.js';
import { type ChildEnd, type RunLimits, runChild } from './xgboost-child.js';
import type { XgboostJob, XgboostMessage } from './xgboost-job.js';
import type { XgboostLibrary } from './xgboost-library.js';

/**
 * One thread by default: two OpenMP threads on contended cores ran up to 20 times slower, and the order of float sums,
 * hence the bytes of the model, is deterministic with one only. 4,096 histogram bins: average precision on the
 * handbook's test week is .681 with them, .643 with XGBoost's 256, and .683 with the exact method, which takes four
 * times as long. base_score .5 starts every model from log-odds 0 instead of the fraud share of its data.
 */
export const DEFAULT_PARAMS: Readonly<Record<string, string | number>> = {
  objective: 'binary:logistic',
  eval_metric: 'logloss',
  tree_method: 'hist',
  max_bin: 4096,
  base_score: 0.5,
  nthread: 1,
  verbosity: 0,
};

/** Default limits: enough for a million rows of 38 features. */
export const DEFAULT_LIMITS: RunLimits = { maxMemoryMib: 4_096, maxMs: 2 * 3_600_000 };

/**
 * Trains gradient-boosted trees with the native library, each run in a child process.
 * @throws AppError as the port says: XGBOOST_TRAINING, XGBOOST_LIBRARY_UNLOADABLE, XGBOOST_MEMORY, XGBOOST_TIME,
 * XGBOOST_CRASHED, XGBOOST_PROCESS.
 */
export class XgboostTrainer extends TreeTrainer {
  /** @param entry script of the child process; replaced in tests */
  constructor(
    private readonly library: XgboostLibrary,
    private readonly limits: RunLimits = DEFAULT_LIMITS,
    private readonly entry: URL = processEntry(),
  ) {
    super();
  }

  override async train(train: LabelledMatrix, options: TrainOptions): Promise<TrainedModel> {
    checkShapes(train, options);
    options.signal?.throwIfAborted();
    const evalLog: RoundLog[] = [];
    const end = await runChild(this.job(train, options), {
      ...this.limits,
      entry: this.entry,
      ...(options.signal && { signal: options.signal }),
      onProgress: (log) => {
        evalLog.push(log);
        options.onProgress?.(log);
      },
    });
    if (end.last?.kind !== 'done') throw this.errorOf(end, options.signal);
    const { modelJson, margins, libraryVersion } = end.last;
    return { modelJson, evalLog, libraryVersion, ...(margins && { margins }) };
  }

  private job(train: LabelledMatrix, options: TrainOptions): XgboostJob {
    const params = { ...DEFAULT_PARAMS, ...options.params, seed: options.seed };
    return {
      library: this.library,
      features: options.features,
      train,
      ...(options.validation && { validation: options.validation }),
      ...(options.marginsFor && { marginsFor: options.marginsFor }),
      params: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)])),
      rounds: options.rounds,
    };
  }

  private errorOf(end: ChildEnd, signal: AbortSignal | undefined): unknown {
    if (signal?.aborted === true) return signal.reason;
    if (end.last?.kind === 'failed') return reportedError(end.last);
    if (end.killedFor === 'memory') return this.memoryError();
    if (end.killedFor === 'time') return this.timeError();
    if (end.spawnError) {
      const { message } = end.spawnError;
      return unavailable(`the training process cannot be started: ${message}`, {
        code: 'XGBOOST_PROCESS',
        cause: end.spawnError,
      });
    }
    return crashError(end);
  }

  private memoryError(): AppError {
    return failedPrecondition(
      `the training process grew beyond ${this.limits.maxMemoryMib} MiB and was ended: lower FRAUDFLOW_TRAINER_TRAIN_DAYS or raise FRAUDFLOW_TRAINER_MAX_MEMORY_MIB`,
      { code: 'XGBOOST_MEMORY' },
    );
  }

  private timeError(): AppError {
    return failedPrecondition(
      `the training process ran longer than ${this.limits.maxMs / 60_000} minutes and was ended: lower FRAUDFLOW_TRAINER_ROUNDS or raise FRAUDFLOW_TRAINER_MAX_MINUTES`,
      { code: 'XGBOOST_TIME' },
    );
  }
}

/** A child process needs JavaScript: tests run from the sources but use the built script. */
function processEntry(): URL {
  const isSource = import.meta.url.endsWith('.ts');
  return new URL(isSource ? '../dist/xgboost-process.js' : './xgboost-process.js', import.meta.url);
}

/** Error reported by the process. */
function reportedError(failed: Extract<XgboostMessage, { kind: 'failed' }>): AppError {
  if (failed.reason === 'training') return invalidInput(`XGBoost: ${failed.message}`, { code: 'XGBOOST_TRAINING' });
  return failedPrecondition(libraryMessage(failed.message, failed.missing), {
    code: 'XGBOOST_LIBRARY_UNLOADABLE',
    details: { loader: failed.message },
  });
}

/** Error for a process that was ended by a native abort or by the system. */
function crashError({ signal, exitCode, stderr }: ChildEnd): AppError {
  const how = signal === null ? `with exit code ${exitCode}` : `by ${signal}`;
  const hint = signal === 'SIGKILL' ? '; the system may lack memory: lower FRAUDFLOW_TRAINER_TRAIN_DAYS' : '';
  const words = stderr.trim().split('\n').at(-1) ?? '';
  return new AppError(
    'assertion_failed',
    `the training process ended ${how} without a result${hint}${words === '' ? '' : `: ${words}`}`,
    { code: 'XGBOOST_CRASHED', details: { stderr } },
  );
}

/** One sentence with the package to install. */
export function libraryMessage(loaderMessage: string, missing: string | undefined): string {
  if (missing?.startsWith('libgomp')) {
    return 'XGBoost needs the OpenMP runtime libgomp.so.1: install it with "apt-get install libgomp1" (Debian, Ubuntu) or "dnf install libgomp" (Fedora, RHEL)';
  }
  if (missing?.startsWith('libomp')) {
    return 'XGBoost needs the OpenMP runtime libomp.dylib: install it with "brew install libomp"';
  }
  return (
    `the XGBoost library cannot be loaded: ${loaderMessage}. Run ./fraudflow once to extract the library of ml.dmlc:xgboost4j_2.12, ` +
    'or set FRAUDFLOW_XGBOOST_LIBRARY to the path of a libxgboost of this platform, version 3.1 or newer'
  );
}

function checkShapes(train: LabelledMatrix, { features, rounds, validation, marginsFor }: TrainOptions): void {
  if (!Number.isInteger(rounds) || rounds < 1)
    throw invalidInput(`rounds must be a positive whole number, not ${rounds}`);
  if (!Number.isInteger(features) || features < 1)
    throw invalidInput(`features must be a positive whole number, not ${features}`);
  for (const [name, matrix] of Object.entries({ train, ...(validation && { validation }) })) {
    if (matrix.labels.length === 0 || matrix.rows.length !== matrix.labels.length * features) {
      throw invalidInput(
        `${name}: ${matrix.rows.length} values and ${matrix.labels.length} labels are not rows of ${features} features`,
      );
    }
  }
  if (marginsFor && marginsFor.length % features !== 0) throw invalidInput('marginsFor does not hold whole rows');
}
