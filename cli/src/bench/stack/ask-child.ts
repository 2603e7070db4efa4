import { fork } from 'node:child_process';
import { once } from 'node:events';
import { asError, unavailable } from '@fraudflow/core';
import { within } from '../contract/within.js';

export interface ChildJob {
  /** A script that answers one message with one message and ends. */
  readonly script: string;
  readonly job: unknown;
  readonly limitMs: number;
  readonly signal: AbortSignal;
  readonly execArgv?: readonly string[];
}

/**
 * Lets a process of its own do a job, so that its processor time is the job's alone.
 * @returns what it answered. @throws AppError unavailable with the end of its output if it ended without an answer;
 * timeout.
 */
export async function askChild<Answer>({ script, job, limitMs, signal, execArgv = [] }: ChildJob): Promise<Answer> {
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
  const answer = new Promise<Answer>((resolve, reject) => {
    child.once('message', (message) => resolve(message as Answer));
    child.once('error', reject);
    child.once('close', () => reject(unavailable(`${script} ended without an answer\n${output}`.trimEnd())));
  });
  try {
    child.send(job as object, (error) => error && (output += asError(error).message));
    return await within(answer, limitMs, script);
  } finally {
    signal.removeEventListener('abort', end);
    if (child.exitCode === null && child.signalCode === null) {
      end();
      await once(child, 'close');
    }
  }
}
