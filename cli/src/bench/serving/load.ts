import { percentiles } from '../../demo/facts/percentiles.js';
import { Http1Connection } from './http1-connection.js';
import { Http2Connection } from './http2-connection.js';

/** What the driver's process is asked to do. */
export interface LoadJob {
  readonly port: number;
  /** Over HTTP/1.1 one connection a caller; over gRPC the callers share connections, as clients do. */
  readonly protocol: { readonly kind: 'http' } | { readonly kind: 'grpc'; readonly path: string };
  /** Prepared requests, made in turn. */
  readonly requests: readonly Uint8Array[];
  /** Callers, each with one call under way. */
  readonly concurrency: number;
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

const CALLERS_PER_CONNECTION = 8;

/**
 * Makes calls in a closed loop: each caller sends its next call when it has its answer.
 * @param onPhase told when what counts begins and ends. @throws AppError unavailable if any call fails.
 */
export async function closedLoop(job: LoadJob, onPhase: (phase: 'begin' | 'end') => void): Promise<LoadReport> {
  const callers = openCallers(job);
  const requests = job.requests.map((request) => Buffer.from(request));
  let turn = 0;
  const nextRequest = (): Buffer => requests[turn++ % requests.length] ?? Buffer.alloc(0);
  const runFor = async (ms: number): Promise<number[]> => {
    const latencies: number[] = [];
    const until = performance.now() + ms;
    const loop = async (call: Caller['call']): Promise<void> => {
      for (let at = performance.now(); at < until;) {
        await call(nextRequest());
        const now = performance.now();
        latencies.push(now - at);
        at = now;
      }
    };
    await Promise.all(callers.map(({ call }) => loop(call)));
    return latencies;
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
    for (const { close } of callers) close();
  }
}

interface Caller {
  readonly call: (request: Buffer) => Promise<void>;
  readonly close: () => void;
}

function openCallers({ port, protocol, concurrency }: LoadJob): readonly Caller[] {
  const callers: Caller[] = [];
  let shared: Http2Connection | undefined;
  for (let i = 0; i < concurrency; i++) {
    if (protocol.kind === 'http') {
      const own = new Http1Connection(port);
      callers.push({ call: (request) => own.post(request), close: () => own.close() });
      continue;
    }
    if (shared === undefined || i % CALLERS_PER_CONNECTION === 0) shared = new Http2Connection(port, protocol.path);
    const connection = shared;
    callers.push({ call: (request) => connection.call(request), close: () => connection.close() });
  }
  return callers;
}
