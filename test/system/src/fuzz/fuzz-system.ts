import { fuzzGrpc } from '@fraudflow/rpc/testing/grpc-fuzz';
import { fuzzHttp } from '@fraudflow/rpc/testing/http-fuzz';
import type { FuzzOutcome, FuzzReport } from '@fraudflow/rpc/testing/fuzz-report';
import { FUZZ_TARGETS } from './fuzz-targets.js';

export interface ServiceAddresses {
  /** Base URL. */
  readonly http: string;
  /** `host:port` of each gRPC port by its name, e.g. `grpc`, `flight`. */
  readonly grpc: Readonly<Record<string, string>>;
}

export interface SystemFuzzOptions {
  readonly addresses: Readonly<Record<string, ServiceAddresses>>;
  /** Total number of calls, shared evenly by methods and routes. */
  readonly calls: number;
  readonly seed: number;
}

export interface SystemFuzzResult {
  readonly calls: number;
  readonly violations: readonly FuzzOutcome[];
}

const UNAVAILABLE = 14;
const SERVICE_UNAVAILABLE = 503;

/** Sends malformed calls to each service in turn. Without a model, the scorer may respond UNAVAILABLE. */
export async function fuzzSystem({ addresses, calls, seed }: SystemFuzzOptions): Promise<SystemFuzzResult> {
  const perTarget = Math.ceil(calls / targetCount());
  const reports: FuzzReport[] = [];
  for (const { service, grpc, routes } of FUZZ_TARGETS) {
    const at = addresses[service];
    if (!at) throw new Error(`missing address of ${service}`);
    const isScorer = service === 'scorer';
    for (const [port, services] of Object.entries(grpc)) {
      const count = perTarget * services.length * METHODS_PER_SERVICE;
      const alsoAllowed = isScorer ? [UNAVAILABLE] : [];
      reports.push(await fuzzGrpc({ address: at.grpc[port] ?? '', services, calls: count, seed, alsoAllowed }));
    }
    const alsoAllowed = isScorer ? [SERVICE_UNAVAILABLE] : [];
    reports.push(await fuzzHttp({ baseUrl: at.http, routes, calls: perTarget * routes.length, seed, alsoAllowed }));
  }
  return {
    calls: reports.reduce((sum, report) => sum + report.calls, 0),
    violations: reports.flatMap(({ violations }) => violations),
  };
}

/** Approximate number of methods and routes. It determines the service's share of the calls. */
const METHODS_PER_SERVICE = 4;

function targetCount(): number {
  return FUZZ_TARGETS.reduce((sum, { grpc, routes }) => {
    const services = Object.values(grpc).flat().length;
    return sum + services * METHODS_PER_SERVICE + routes.length;
  }, 0);
}
