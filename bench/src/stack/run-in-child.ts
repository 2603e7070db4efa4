import { fork } from 'node:child_process';
import { once } from 'node:events';
import { asError, unavailable } from '@fraudflow/core';
import { within } from '../contract/within.js';

export interface ChildJob {
  /** A script that receives one message, sends one message back and ends. */
  readonly script: string;
  readonly job: unknown;
  readonly limitMs: number;
  readonly signal: AbortSignal;
  readonly execArgv?: readonly string[];
}

/**
 * Runs a job in a separate process, so that its CPU time is only the job's.
 * @returns the message of the process. @throws AppError unavailable with the end of its output if it ended without a
 * message; timeout
 */
export async function runInChild<Result>({ script, job, limitMs, signal, execArgv = [] }: ChildJob): Promise<Result> {
  const child = fork(script, [], {
    execArgv: [...execArgv],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
  let output = '';
  const keep = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-2_000));
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const end = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', end, { once: true });
  const result = new Promise<Result>((resolve, reject) => {
    child.once('message', (message) => resolve(message as Result));
    child.once('error', reject);
    child.once('close', () => reject(unavailable(`${script} ended without a result\n${output}`.trimEnd())));
  });
  try {
    child.send(job as object, (error) => error && (output += asError(error).message));
    return await within(result, limitMs, script);
  } finally {
    signal.removeEventListener('abort', end);
    if (child.exitCode === null && child.signalCode === null) {
      end();
      await once(child, 'close');
    }
  }
}
