import { setImmediate } from 'node:timers/promises';
import { decodeJob, type XgboostJob, type XgboostMessage } from './xgboost-job.js';
import { LibraryLoadError, loadXgboost } from './xgboost-native.js';
import { XgboostSession } from './xgboost-session.js';

/**
 * Entry of the training process: a job on standard input, messages over the channel to the trainer. All native calls are synchronous:
 * XGBoost keeps its last error per thread, so a call on another thread would report the wrong one. The trainer ends a run by
 * killing this process; it ends by itself when the trainer is gone, between two rounds.
 */
async function run(job: XgboostJob): Promise<XgboostMessage> {
  try {
    return await train(job);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (!(error instanceof LibraryLoadError)) return { kind: 'failed', reason: 'training', message };
    return { kind: 'failed', reason: 'library', message, ...(error.missing && { missing: error.missing }) };
  }
}

async function train(job: XgboostJob): Promise<XgboostMessage> {
  const api = loadXgboost(job.library);
  const session = new XgboostSession(api, job);
  try {
    session.open();
    for (let round = 0; round < job.rounds; round++) {
      send({ kind: 'progress', log: session.runRound(round) });
      // Lets the progress out, and the end of the trainer in.
      await setImmediate();
    }
    const modelJson = session.modelJson();
    const margins = job.marginsFor && session.margins(job.marginsFor);
    return { kind: 'done', modelJson, libraryVersion: api.version, ...(margins && { margins }) };
  } finally {
    session.free();
  }
}

function send(message: XgboostMessage, then?: () => void): void {
  process.send?.(message, undefined, undefined, then);
}

// A Ctrl-C reaches every process of a terminal: the trainer decides what becomes of the run.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.once('disconnect', () => process.exit());
if (!process.connected) process.exit();
send(await run(await decodeJob(process.stdin)), () => process.disconnect());
