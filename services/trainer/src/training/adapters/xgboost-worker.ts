import { parentPort, workerData } from 'node:worker_threads';
import type { XgboostJob, XgboostMessage } from './xgboost-job.js';
import { LibraryLoadError, loadXgboost } from './xgboost-native.js';
import { XgboostSession } from './xgboost-session.js';

/**
 * Entry of the training thread. All native calls are synchronous and made here: XGBoost keeps its last error per thread,
 * so a call on another thread would report the wrong one, and a round may take seconds.
 */
function run(job: XgboostJob): XgboostMessage {
  try {
    return train(job);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (!(error instanceof LibraryLoadError)) return { kind: 'failed', reason: 'training', message };
    return { kind: 'failed', reason: 'library', message, ...(error.missing && { missing: error.missing }) };
  }
}

function train(job: XgboostJob): XgboostMessage {
  const cancelled = new Int32Array(job.cancelled);
  const session = new XgboostSession(loadXgboost(job.library), job);
  try {
    session.open();
    for (let round = 0; round < job.rounds; round++) {
      if (Atomics.load(cancelled, 0) === 1) return { kind: 'cancelled' };
      send({ kind: 'progress', log: session.runRound(round) });
    }
    const modelJson = session.modelJson();
    return { kind: 'done', modelJson, ...(job.marginsFor && { margins: session.margins(job.marginsFor) }) };
  } finally {
    session.free();
  }
}

function send(message: XgboostMessage): void {
  parentPort?.postMessage(message);
}

send(run(workerData as XgboostJob));
