import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { processEnvironment } from '@fraudflow/config';
import { encodeJob, type XgboostJob, type XgboostMessage } from './xgboost-job.js';

/** Limits of one training run. */
export interface RunLimits {
  /** Maximum resident memory of the training process in MiB; checked on Linux only. */
  readonly maxMemoryMib: number;
  /** From the start of the process to its end. */
  readonly maxMs: number;
}

/** How a training process ended. */
export interface ChildEnd {
  /** The last message other than progress. */
  readonly last: XgboostMessage | undefined;
  /** Why the trainer killed the process; undefined if it exited. */
  readonly killedFor: 'abort' | 'memory' | 'time' | undefined;
  readonly signal: NodeJS.Signals | null;
  readonly exitCode: number | null;
  /** Last 2,000 characters of standard error. */
  readonly stderr: string;
  /** Set if the process could not be started. */
  readonly spawnError: Error | undefined;
}

export interface ChildOptions extends RunLimits {
  readonly entry: URL;
  readonly signal?: AbortSignal;
  readonly onProgress: (log: Extract<XgboostMessage, { kind: 'progress' }>['log']) => void;
}

/** Environment of the process: what the dynamic loader, OpenMP and Node need, no passwords or keys. */
const PASSED_ON = [
  'PATH',
  'LD_LIBRARY_PATH',
  'DYLD_LIBRARY_PATH',
  'DYLD_FALLBACK_LIBRARY_PATH',
  'OMP_NUM_THREADS',
  'OMP_WAIT_POLICY',
  'TMPDIR',
  'TZ',
  'SystemRoot',
];
const MEMORY_CHECK_MS = 500;
const MAX_STDERR = 2_000;

/** Runs a job in a child process. Resolves after the process has exited and its memory is freed. Never rejects. */
export function runChild(job: XgboostJob, options: ChildOptions): Promise<ChildEnd> {
  const child = fork(options.entry, [], {
    execArgv: [],
    serialization: 'advanced',
    env: allowedEnvironment(),
    stdio: ['pipe', 'ignore', 'pipe', 'ipc'],
  });
  const ended = endOf(child, options);
  // A write error means that the process exited early, which the exit status reports.
  if (child.stdin) pipeline(Readable.from(encodeJob(job), { objectMode: true }), child.stdin).catch(() => undefined);
  return ended;
}

function endOf(child: ChildProcess, options: ChildOptions): Promise<ChildEnd> {
  const state: { -readonly [key in keyof ChildEnd]: ChildEnd[key] } = {
    last: undefined,
    killedFor: undefined,
    signal: null,
    exitCode: null,
    stderr: '',
    spawnError: undefined,
  };
  const killFor = (why: NonNullable<ChildEnd['killedFor']>): void => {
    state.killedFor ??= why;
    child.kill('SIGKILL');
  };
  const stopWatching = watch(child, options, killFor);
  child.on('message', (message: XgboostMessage) => {
    if (message.kind === 'progress') options.onProgress(message.log);
    else state.last = message;
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    state.stderr = (state.stderr + chunk.toString('utf8')).slice(-MAX_STDERR);
  });
  return new Promise((resolve) => {
    const end = (): void => {
      stopWatching();
      resolve(state);
    };
    child.once('error', (error) => {
      state.spawnError = error;
      if (child.pid === undefined) end();
    });
    // "close" follows the last message and the last byte of standard error; "exit" may precede them.
    child.once('close', (exitCode, signal) => {
      state.exitCode = exitCode;
      state.signal = signal;
      end();
    });
  });
}

/** Kills the process on abort or beyond a limit. @returns removes the watchers */
function watch(
  child: ChildProcess,
  { signal, maxMs, maxMemoryMib }: ChildOptions,
  killFor: (why: NonNullable<ChildEnd['killedFor']>) => void,
): () => void {
  const onAbort = (): void => killFor('abort');
  signal?.addEventListener('abort', onAbort, { once: true });
  const deadline = setTimeout(() => killFor('time'), maxMs);
  const memory = setInterval(() => {
    if (residentMib(child.pid) > maxMemoryMib) killFor('memory');
  }, MEMORY_CHECK_MS);
  return () => {
    signal?.removeEventListener('abort', onAbort);
    clearTimeout(deadline);
    clearInterval(memory);
  };
}

/** Resident memory; 0 where /proc does not exist. */
function residentMib(pid: number | undefined): number {
  try {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kib ?? 0) / 1024;
  } catch {
    return 0;
  }
}

function allowedEnvironment(): NodeJS.ProcessEnv {
  const all = processEnvironment();
  return Object.fromEntries(PASSED_ON.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])));
}
