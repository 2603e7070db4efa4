import { percentiles } from '../system/percentiles.js';
import { Callers, type Protocol } from './callers.js';
import { closedLoop } from './closed-loop.js';
import { openLoop } from './open-loop.js';

/** When calls are made. */
export type Pace =
  /** Each caller makes its next call when it has the response to the previous one. */
  | { readonly kind: 'closed'; readonly callers: number }
  /** Calls are due at a steady rate, independent of earlier calls; a latency counts from the time the call was due. */
  | { readonly kind: 'open'; readonly callsPerSecond: number };

/** The job of the driver's process. */
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
  /** CPU time of the driver, µs per call. */
  readonly driverCpuUs: number;
}

/** Connections of an open loop. If all have a call in flight, further due calls wait. */
const OPEN_LOOP_CALLERS = 64;

/**
 * Makes calls at the given pace. @param onPhase called when the measurement begins and ends.
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
