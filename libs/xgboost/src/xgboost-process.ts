import { setImmediate } from 'node:timers/promises';
import { decodeJob, type XgboostJob, type XgboostMessage } from './xgboost-job.js';
import { LibraryLoadError, loadXgboost } from './xgboost-native.js';
import { XgboostSession } from './xgboost-session.js';

/**
 * Entry point of the training process: reads a job from standard input and sends messages over the IPC channel. All
 * native calls are synchronous because XGBoost keeps its last error per thread. The trainer cancels a run by killing
 * this process; if the trainer exits, the process exits after the current round.
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
      // Lets the event loop send the progress and receive the disconnect.
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

// Ctrl-C signals every process of the terminal's group; only the trainer decides whether the run ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.once('disconnect', () => process.exit());
if (!process.connected) process.exit();
send(await run(await decodeJob(process.stdin)), () => process.disconnect());
