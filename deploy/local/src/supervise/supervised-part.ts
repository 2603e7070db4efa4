import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { asError, unavailable, type AppError } from '@fraudflow/core';
import { logTail, openLog, rotateOpenLog, sizeOf } from '../system/log-file.js';
import { ownerOnly } from '../system/owner-only.js';
import { pollUntil } from '../system/poll.js';
import { processIdentity } from '../system/process-identity.js';
import type { Guardian } from './guardian.js';
import type { Part } from './part.js';
import { decideRestart } from './restart-policy.js';
import type { StackEvent } from './stack-event.js';

/** Exit code of a service with an invalid configuration; it is not restarted. */
const BAD_CONFIGURATION_EXIT = 2;
const READY_POLL_MS = 50;
const ROTATE_LOG_EVERY_MS = 10_000;

export type PartState = 'stopped' | 'starting' | 'running' | 'waiting' | 'failed';

export interface PartContext {
  readonly logFile: string;
  readonly guardian: Guardian;
  readonly emit: (event: StackEvent) => void;
  /** Called whenever pid, state or restart count changed. */
  readonly onChange: () => void;
}

/**
 * Keeps one part running: starts it, waits until it is ready, restarts it after a crash, and stops it within its
 * deadline.
 */
export class SupervisedPart {
  state: PartState = 'stopped';
  restarts = 0;
  startedAtMs = 0;
  identity: string | undefined;
  private child: ChildProcess | undefined;
  private logStart = 0;
  private launchedAt = 0;
  private stopRequested = false;
  private readonly crashTimesMs: number[] = [];
  private restartTimer: NodeJS.Timeout | undefined;
  private logRotation: NodeJS.Timeout | undefined;
  private launching: Promise<void> = Promise.resolve();
  private exited: Promise<void> = Promise.resolve();

  constructor(
    readonly part: Part,
    private readonly context: PartContext,
  ) {}

  get pid(): number | undefined {
    return this.child?.pid;
  }

  get logFile(): string {
    return this.context.logFile;
  }

  /**
   * Starts the part and resolves when it is ready.
   * @throws AppError unavailable, with the end of its log, if it ends early or is not ready in time
   */
  async start(signal?: AbortSignal): Promise<void> {
    this.stopRequested = false;
    this.context.emit({ type: 'starting', part: this.part.name, kind: this.part.kind });
    await this.launch();
    await this.untilReady(signal);
  }

  /** Sends a signal to the running process; false if there is none. */
  kill(signal: NodeJS.Signals): boolean {
    return this.child?.kill(signal) ?? false;
  }

  /** Signals the process to end and kills its group after the deadline of the part. Resolves when it has ended. */
  async stop(): Promise<void> {
    this.stopRequested = true;
    clearTimeout(this.restartTimer);
    // A restart in progress must not leave a process that is never ended.
    await this.launching.catch(() => undefined);
    const child = this.child;
    if (!child) return this.become('stopped');
    child.kill(this.part.stopSignal);
    // A stopped (SIGSTOP) process does not receive the stop signal.
    child.kill('SIGCONT');
    let wasKilled = false;
    const deadline = setTimeout(() => {
      wasKilled = true;
      killGroup(child);
    }, this.part.stopTimeoutMs);
    await this.exited;
    clearTimeout(deadline);
    this.context.emit({ type: 'stopped', part: this.part.name, wasKilled });
  }

  private launch(): Promise<void> {
    this.launching = this.spawnChild();
    return this.launching;
  }

  private async spawnChild(): Promise<void> {
    const command = await this.part.prepare();
    const log = openLog(this.context.logFile);
    this.logStart = sizeOf(this.context.logFile);
    this.launchedAt = performance.now();
    try {
      const { file, args } = ownerOnly(command.file, command.args, command.niceness);
      const child = spawn(file, args, {
        // A separate group: Ctrl-C in the terminal reaches only the supervisor, which stops the parts in order.
        detached: true,
        stdio: ['ignore', log, log],
        env: { ...command.env },
        ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
        ...(command.uid === undefined ? {} : { uid: command.uid }),
        ...(command.gid === undefined ? {} : { gid: command.gid }),
      });
      await this.adopt(child);
    } finally {
      closeSync(log);
    }
  }

  private async adopt(child: ChildProcess): Promise<void> {
    const spawned = new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (cause) =>
        reject(unavailable(`${this.part.name} could not be started: ${cause.message}`, { cause })),
      );
    });
    this.exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve(this.afterExit(code, signal))));
    await spawned;
    this.child = child;
    this.logRotation = setInterval(() => this.rotateLog(), ROTATE_LOG_EVERY_MS).unref();
    const pid = child.pid as number;
    this.context.guardian.watch(pid, this.part.stopSignal);
    this.identity = processIdentity(pid);
    this.startedAtMs = Date.now();
    this.become('starting');
  }

  private async untilReady(signal?: AbortSignal): Promise<void> {
    const child = this.child;
    const isSettled = async (): Promise<boolean> => this.child !== child || (await this.part.isReady());
    const settled = await pollUntil(isSettled, { everyMs: READY_POLL_MS, timeoutMs: this.part.readyTimeoutMs, signal });
    if (this.child !== child) throw this.startFailure('ended before it was ready');
    if (!settled) throw this.startFailure(`was not ready within ${this.part.readyTimeoutMs / 1_000} s`);
    this.become('running');
    if (child?.pid !== undefined) this.part.afterReady?.(child.pid);
    const tookMs = Math.round(performance.now() - this.launchedAt);
    const { name, kind, address } = this.part;
    this.context.emit({ type: 'ready', part: name, kind, address, tookMs });
  }

  private rotateLog(): void {
    try {
      if (rotateOpenLog(this.context.logFile)) this.logStart = 0;
    } catch (thrown) {
      clearInterval(this.logRotation);
      const text = `the log of ${this.part.name} keeps growing, because it could not be copied: ${asError(thrown).message}`;
      this.context.emit({ type: 'notice', text });
    }
  }

  private startFailure(what: string): AppError {
    const lines = logTail(this.context.logFile, this.logStart);
    return unavailable(`${this.part.name} ${what}; see ${this.context.logFile}${lines && `\n${lines}`}`, {
      code: 'PART_NOT_STARTED',
      details: { part: this.part.name },
    });
  }

  private afterExit(code: number | null, signal: NodeJS.Signals | null): void {
    const wasFirstStart = this.state === 'starting' && this.restarts === 0;
    if (this.child?.pid !== undefined) this.context.guardian.forget(this.child.pid);
    this.child = undefined;
    clearInterval(this.logRotation);
    if (this.stopRequested) return this.become('stopped');
    if (code === BAD_CONFIGURATION_EXIT && this.part.kind === 'service')
      return this.giveUp('its configuration is wrong');
    if (wasFirstStart) return this.become('failed');
    this.scheduleRestart(signal === null ? `exit code ${code}` : signal);
  }

  private scheduleRestart(how: string): void {
    const now = performance.now();
    this.crashTimesMs.push(now);
    if (this.crashTimesMs.length > 100) this.crashTimesMs.shift();
    const { delayMs, isCrashLoop, crashesInLastMinute } = decideRestart(this.crashTimesMs, now);
    const part = this.part.name;
    this.become('waiting');
    this.context.emit({ type: 'crashed', part, how, restartInMs: delayMs });
    if (isCrashLoop) {
      const lastLines = logTail(this.context.logFile, this.logStart, 5);
      this.context.emit({ type: 'crash_loop', part, crashes: crashesInLastMinute, nextTryInMs: delayMs, lastLines });
    }
    this.restartTimer = setTimeout(() => void this.restart(), delayMs);
  }

  /** Never rejects: a failure counts as a further crash. */
  private async restart(): Promise<void> {
    this.restarts++;
    try {
      await this.launch();
    } catch (thrown) {
      if (!this.stopRequested) this.scheduleRestart(asError(thrown).message);
      return;
    }
    await this.untilReady().catch((thrown: unknown) => {
      // A part that has ended is already being restarted; a slow one remains in state `starting`.
      if (this.child) this.context.emit({ type: 'notice', text: asError(thrown).message });
    });
  }

  private giveUp(why: string): void {
    this.become('failed');
    const lastLines = logTail(this.context.logFile, this.logStart, 20);
    this.context.emit({ type: 'gave_up', part: this.part.name, why, lastLines });
  }

  private become(state: PartState): void {
    this.state = state;
    this.context.onChange();
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}
