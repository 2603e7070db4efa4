import { percentiles } from '../../demo/facts/percentiles.js';
import { Callers, type Protocol } from './callers.js';
import { closedLoop } from './closed-loop.js';
import { openLoop } from './open-loop.js';

/** When calls are made. */
export type Pace =
  /** Each of the callers makes its next call when it has its answer. */
  | { readonly kind: 'closed'; readonly callers: number }
  /** Calls are due at a steady rate, whatever becomes of those before; a call's time counts from when it was due. */
  | { readonly kind: 'open'; readonly callsPerSecond: number };

/** What the driver's process is asked to do. */
export interface LoadJob {
  readonly port: number;
  readonly protocol: Protocol;
  /** Prepared requests, made in turn. */
  readonly requests: readonly Uint8Array[];
  readonly pace: Pace;
  readonly warmUpMs: number;
  readonly measuredMs: number;
}

export interface LoadReport {
  readonly calls: number;
  readonly elapsedMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of the driver, µs a call. */
  readonly driverCpuUs: number;
}

/** Connections that an open loop may have calls under way on; beyond that, calls that are due wait. */
const OPEN_LOOP_CALLERS = 64;

/**
 * Makes calls at the pace asked for. @param onPhase called when what counts begins and ends.
 * @throws AppError unavailable if any call fails.
 */
export async function runLoad(job: LoadJob, onPhase: (phase: 'begin' | 'end') => void): Promise<LoadReport> {
  const { pace } = job;
  const callers = new Callers(job.port, job.protocol, pace.kind === 'closed' ? pace.callers : OPEN_LOOP_CALLERS);
  const requests = job.requests.map((request) => Buffer.from(request));
  let turn = 0;
  const nextRequest = (): Buffer => requests[turn++ % requests.length] ?? Buffer.alloc(0);
  const runFor = (ms: number): Promise<ArrayLike<number>> => {
    return pace.kind === 'closed'
      ? closedLoop(callers, nextRequest, ms)
      : openLoop(callers, nextRequest, { ms, callsPerSecond: pace.callsPerSecond });
  };
  try {
    await runFor(job.warmUpMs);
    onPhase('begin');
    const [beganAt, cpu] = [performance.now(), process.cpuUsage()];
    const latencies = await runFor(job.measuredMs);
    const { user, system } = process.cpuUsage(cpu);
    onPhase('end');
    const { p50, p99 } = percentiles(latencies);
    const calls = latencies.length;
    const elapsedMs = performance.now() - beganAt;
    return { calls, elapsedMs, p50Ms: p50, p99Ms: p99, driverCpuUs: (user + system) / calls };
  } finally {
    callers.close();
  }
}
