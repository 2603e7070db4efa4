import { Worker } from 'node:worker_threads';
import { AppError, failedPrecondition, invalidInput } from '@fraudflow/core';
import {
  type LabelledMatrix,
  type RoundLog,
  type TrainedModel,
  type TrainOptions,
  TreeTrainer,
} from '../tree-trainer.port.js';
import type { XgboostJob, XgboostMessage } from './xgboost-job.js';
import type { XgboostLibrary } from './xgboost-library.js';

/**
 * One thread by default: two OpenMP threads on contended cores ran up to 20 times slower, and the order of float sums,
 * hence the bytes of the model, is sure with one only. 4,096 histogram bins: average precision on the handbook's test
 * week is .681 with them, .643 with XGBoost's 256, and .683 with the exact method, which takes four times as long.
 * base_score .5 starts every model from log-odds 0 instead of the fraud share of its data.
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

/** Trains gradient-boosted trees with the native library, each run in a worker thread of its own. */
export class XgboostTrainer extends TreeTrainer {
  constructor(private readonly library: XgboostLibrary) {
    super();
  }

  override async train(train: LabelledMatrix, options: TrainOptions): Promise<TrainedModel> {
    checkShapes(train, options);
    options.signal?.throwIfAborted();
    const cancelled = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    const worker = new Worker(workerEntry(), { workerData: this.job(train, options, cancelled), execArgv: [] });
    const cancel = (): void => void Atomics.store(new Int32Array(cancelled), 0, 1);
    options.signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await outcomeOf(worker, options);
    } finally {
      options.signal?.removeEventListener('abort', cancel);
    }
  }

  private job(train: LabelledMatrix, options: TrainOptions, cancelled: SharedArrayBuffer): XgboostJob {
    const params = { ...DEFAULT_PARAMS, ...options.params, seed: options.seed };
    return {
      library: this.library,
      features: options.features,
      train,
      ...(options.validation && { validation: options.validation }),
      ...(options.marginsFor && { marginsFor: options.marginsFor }),
      params: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)])),
      rounds: options.rounds,
      cancelled,
    };
  }
}

/** Worker threads load JavaScript only, so running from the sources (tests) takes the built worker of this package. */
function workerEntry(): URL {
  const isSource = import.meta.url.endsWith('.ts');
  return new URL(
    isSource ? '../../../dist/training/adapters/xgboost-worker.js' : './xgboost-worker.js',
    import.meta.url,
  );
}

/** Resolves only once the thread has ended, so that its memory is given back before the next run. */
function outcomeOf(worker: Worker, options: TrainOptions): Promise<TrainedModel> {
  return new Promise((resolve, reject) => {
    const evalLog: RoundLog[] = [];
    let last: XgboostMessage | undefined;
    let failure: unknown;
    worker.on('message', (message: XgboostMessage) => {
      if (message.kind !== 'progress') {
        last = message;
        return;
      }
      evalLog.push(message.log);
      options.onProgress?.(message.log);
    });
    worker.on('error', (error) => (failure = error));
    worker.on('exit', () => {
      if (last?.kind === 'done') {
        const { modelJson, margins } = last;
        return resolve({ modelJson, evalLog, ...(margins && { margins }) });
      }
      reject(errorOf(last, failure, options.signal));
    });
  });
}

function errorOf(last: XgboostMessage | undefined, failure: unknown, signal: AbortSignal | undefined): unknown {
  if (last?.kind === 'cancelled') return signal?.reason;
  if (last?.kind !== 'failed') {
    return new AppError('assertion_failed', 'the XGBoost worker ended without a result', { cause: failure });
  }
  if (last.reason === 'training') return invalidInput(`XGBoost: ${last.message}`, { code: 'XGBOOST_TRAINING' });
  return failedPrecondition(libraryMessage(last.message, last.missing), {
    code: 'XGBOOST_LIBRARY_UNLOADABLE',
    details: { loader: last.message },
  });
}

/** One sentence that says what to install. */
export function libraryMessage(loaderMessage: string, missing: string | undefined): string {
  if (missing?.startsWith('libgomp')) {
    return 'XGBoost needs the OpenMP runtime libgomp.so.1: install it with "apt-get install libgomp1" (Debian, Ubuntu) or "dnf install libgomp" (Fedora, RHEL)';
  }
  if (missing?.startsWith('libomp')) {
    return 'XGBoost needs the OpenMP runtime libomp.dylib: install it with "brew install libomp"';
  }
  return (
    `the XGBoost library cannot be loaded: ${loaderMessage}. Run ./fraudflow once, it extracts the library of ml.dmlc:xgboost4j_2.12, ` +
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
