import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { unavailable } from '@fraudflow/core';
import { cpuUsOf, waitedMsOf } from '../stack/process-costs.js';
import { within } from '../contract/within.js';
import type { LoadJob, LoadReport } from './load.js';
import type { LoadMessage } from './load.child.js';

const CHILD = fileURLToPath(new URL('./load.child.js', import.meta.url));
const MARGIN_MS = 60_000;
/**
 * Niceness. The driver shares a core with the server's store, which must not wait for the driver.
 */
const BEHIND_THE_STORE = 10;
/** Characters kept of the process's stderr. */
const LAST_WORDS = 2_000;

/** A measured load with the server's share of it. */
export interface ServedLoad extends LoadReport {
  /** CPU time of the server with its children, µs per call; NaN where the system does not report it. */
  readonly serverCpuUs: number;
  /**
   * Time for which the server was runnable while its core ran something else, ms per second; NaN where the system does
   * not report it. Above about 50, other programs caused the slowest calls.
   */
  readonly serverWaitedMs: number;
}

/** The process that makes the calls. All measurements use one, so that its code is compiled. */
export class LoadDriver {
  private readonly child: ChildProcess;
  private lastWords = '';

  /** @param script of the process, for tests */
  constructor(script = CHILD) {
    this.child = fork(script, [], { serialization: 'advanced', stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.lastWords = (this.lastWords + text).slice(-LAST_WORDS);
    });
    if (this.child.pid !== undefined) setPriority(this.child.pid, BEHIND_THE_STORE);
    // A failed send leads to the error of the ended process.
    this.child.on('error', () => undefined);
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  /**
   * @param serverPid process whose CPU time is measured. @throws AppError unavailable if calls fail or the driver
   * ended; timeout
   */
  async run(job: LoadJob, serverPid: number): Promise<ServedLoad> {
    let beganUs = Number.NaN;
    let endedUs = Number.NaN;
    let waitedMs = Number.NaN;
    let settle: (report: LoadReport | Error) => void = () => undefined;
    const finished = new Promise<LoadReport | Error>((resolve) => (settle = resolve));
    const onMessage = (message: LoadMessage): void => {
      if (message.kind === 'report') settle(message.report);
      else if (message.kind === 'failed') settle(unavailable(message.reason));
      else if (message.phase === 'begin') {
        beganUs = cpuUsOf(serverPid);
        waitedMs = waitedMsOf(serverPid);
      } else {
        endedUs = cpuUsOf(serverPid);
        waitedMs = waitedMsOf(serverPid) - waitedMs;
      }
    };
    const died = (): void => settle(this.endedEarly());
    this.child.on('message', onMessage);
    // After 'exit' more of stderr may arrive.
    this.child.once('close', died);
    try {
      if (this.hasEnded) throw this.endedEarly();
      this.child.send(job, () => undefined);
      const report = await within(finished, job.warmUpMs + job.measuredMs + MARGIN_MS, 'the load');
      if (report instanceof Error) throw report;
      const serverWaitedMs = (waitedMs * 1_000) / report.elapsedMs;
      return { ...report, serverCpuUs: (endedUs - beganUs) / report.calls, serverWaitedMs };
    } finally {
      this.child.off('message', onMessage);
      this.child.off('close', died);
    }
  }

  async close(): Promise<void> {
    if (this.hasEnded) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }

  private get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  private endedEarly(): Error {
    const { exitCode, signalCode } = this.child;
    const how = signalCode === null ? `with exit code ${exitCode}` : `by signal ${signalCode}`;
    return unavailable(`the load driver ended early ${how}: ${this.lastWords.trim() || 'it printed nothing'}`);
  }
}
