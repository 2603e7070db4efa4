import { delay } from '@fraudflow/core';
import { featuresTopic, type ValidatedTransaction } from '@fraudflow/contracts';
import { FRAUD_DETECTION_FEATURES } from '@fraudflow/features';
import type { StackHandle } from '@fraudflow/local';
import { grpcAddress, httpAddress } from '../system/service-addresses.js';
import { RecordCount } from '../system/catch-up.js';
import type { Bench, BenchContext, OpenBench } from '../contract/bench.js';
import { awaitFeatures } from '../features/features-log.js';
import { StoredRows } from '../features/stored-rows.js';
import { sendBacklog, ValidatedTraffic } from '../load/validated-traffic.js';
import type { RunFigures } from '../report/figure.js';
import { BenchStack, pidOf, stackVersions } from '../stack/bench-stack.js';
import { cpuUsOf, setIdlePriority, pinTo } from '../stack/process-costs.js';
import { checkResponse } from './check-response.js';
import { FeastPeer } from './feast-peer.js';
import type { Pace } from './load.js';
import { LoadDriver, type ServedLoad } from './load-driver.js';
import { type Endpoint, ownEndpoints, peerEndpoint } from './served-requests.js';

const ROW_COUNTS = [1, 100];
const CONCURRENCIES = [1, 8, 32];
/**
 * Calls a second of our endpoints at a steady rate: the target of one core for single rows over HTTP, and lower rates
 * for the others.
 */
const STEADY_RATES = { http: { single: 8_000, batch: 100 }, grpc: { single: 4_000, batch: 100 } } as const;
/** The first load of an endpoint compiles its code; the later ones need a short warm-up. */
const [FIRST_WARM_UP_MS, WARM_UP_MS] = [6_000, 1_000] as const;
const IDLE_MS = 3_000;
const MEASURED_MS = 4_000;
const FEATURE_COUNT = FRAUD_DETECTION_FEATURES.features.length;
const REQUESTED_TRANSACTIONS = 20_000;
// The server alone on one core; the load driver and the Redis of both servers on the other.
const [LOAD_CORE, SERVER_CORE] = [0, 1] as const;

/** Online reads of our feature store and, in the same run on the same Redis, of Feast's own Python server. */
export const servingBench: Bench = {
  name: 'serving',
  description: 'online features: own gRPC, Feast gRPC and HTTP, and the Feast Python server on the same Redis',
  async open(context: BenchContext): Promise<OpenBench> {
    const stack = await BenchStack.start(context, ['kafka', 'redis', 'postgres']);
    const driver = new LoadDriver();
    let peer: FeastPeer | string | undefined;
    try {
      const { service, requested } = await fill(context, stack);
      const customers = [...new Set(requested.map((transaction) => transaction.customer_id))];
      peer = await FeastPeer.start(context, stack.servers.addresses.redisUrl, customers);
      if (typeof peer === 'string') context.note(peer);
      const pins = await pinAll(stack, service, driver, peer);
      const versions = {
        ...(await stackVersions()),
        feast: typeof peer === 'string' ? 'left out' : peer.version,
        pinned: pins ? 'server core 1, all else core 0' : 'no',
      };
      return new ServingBench({ stack, driver, peer, service, requested, customers, context }, versions);
    } catch (thrown) {
      if (peer instanceof FeastPeer) await peer.stop();
      await driver.close();
      await stack.close();
      throw thrown;
    }
  },
};

/** Fills the windows through the stream. The requested transactions are the next ones of the traffic. */
async function fill(context: BenchContext, stack: BenchStack) {
  const { transactions } = context.options;
  const traffic = new ValidatedTraffic();
  context.note(`sending ${transactions} transactions through the stream`);
  const features = await RecordCount.fromEnd(stack.bus.admin, featuresTopic.name);
  await sendBacklog(stack.producer, traffic, transactions);
  const service = await stack.startService('feature-store');
  await awaitFeatures(features, transactions, context.host.interrupted);
  const rows = await StoredRows.open(service.addresses.postgresUrl);
  await rows.await(transactions, context.host.interrupted).finally(() => rows.close());
  return { service, requested: traffic.take(REQUESTED_TRANSACTIONS).transactions };
}

async function pinAll(stack: BenchStack, service: StackHandle, driver: LoadDriver, peer: FeastPeer | string) {
  const pins = [
    pinTo(LOAD_CORE, driver.pid),
    pinTo(LOAD_CORE, pidOf(stack.servers, 'redis')),
    pinTo(SERVER_CORE, pidOf(service, 'feature-store')),
  ];
  if (peer instanceof FeastPeer) pins.push(pinTo(SERVER_CORE, peer.pid));
  // The stream is idle while reads are measured, but JVM compilation and a vacuum use a core for milliseconds.
  for (const idle of [pidOf(stack.servers, 'kafka'), pidOf(stack.servers, 'postgres')])
    pins.push(pinTo(LOAD_CORE, idle), setIdlePriority(idle));
  return (await Promise.all(pins)).every(Boolean);
}

interface ServingParts {
  readonly context: BenchContext;
  readonly stack: BenchStack;
  readonly driver: LoadDriver;
  readonly service: StackHandle;
  readonly peer: FeastPeer | string;
  readonly requested: readonly ValidatedTransaction[];
  readonly customers: readonly string[];
}

class ServingBench implements OpenBench {
  constructor(
    private readonly parts: ServingParts,
    readonly versions: Readonly<Record<string, string>>,
  ) {}

  async measure(): Promise<RunFigures> {
    const { service, peer, requested, customers } = this.parts;
    const http = portOf(new URL(httpAddress(service, 'feature-store')).host);
    const grpc = portOf(grpcAddress(service, 'feature-store'));
    const pid = pidOf(service, 'feature-store');
    let figures: RunFigures = { server_idle_cpu: await idleCpu(pid, this.parts.context) };
    for (const rows of ROW_COUNTS) {
      for (const endpoint of ownEndpoints(requested, rows)) {
        const port = endpoint.protocol.kind === 'http' ? http : grpc;
        figures = { ...figures, ...(await this.load(endpoint, { port, pid, rows })) };
      }
      if (typeof peer === 'string') continue;
      const endpoint = peerEndpoint(customers, peer.features, rows);
      figures = { ...figures, ...(await this.load(endpoint, { port: peer.port, pid: peer.pid, rows })) };
    }
    return figures;
  }

  async close(): Promise<void> {
    const { stack, driver, peer } = this.parts;
    if (peer instanceof FeastPeer) await peer.stop();
    await driver.close();
    await stack.close();
  }

  private async load(endpoint: Endpoint, server: { port: number; pid: number; rows: number }): Promise<RunFigures> {
    const { driver, context } = this.parts;
    const { port, pid, rows } = server;
    const [request] = endpoint.requests;
    if (endpoint.protocol.kind === 'http' && request !== undefined)
      await checkResponse(port, { request, features: FEATURE_COUNT, rows });
    let figures: RunFigures = {};
    let warmUpMs: number = FIRST_WARM_UP_MS;
    for (const pace of pacesOf(endpoint, rows, pid === this.peerPid)) {
      const name = `${endpoint.name}_${rows}row_${pace.kind === 'closed' ? `c${pace.callers}` : `at${pace.callsPerSecond}`}`;
      const { protocol, requests } = endpoint;
      const report = await driver.run({ port, protocol, requests, pace, warmUpMs, measuredMs: MEASURED_MS }, pid);
      warmUpMs = WARM_UP_MS;
      context.note(
        `${name}: ${report.calls} calls, p50 ${report.p50Ms.toFixed(2)} ms, p99 ${report.p99Ms.toFixed(2)} ms, ` +
          `server waited ${report.serverWaitedMs.toFixed(0)} ms/s`,
      );
      figures = { ...figures, ...figuresOf(name, report) };
    }
    return figures;
  }

  private get peerPid(): number | undefined {
    const { peer } = this.parts;
    return typeof peer === 'string' ? undefined : peer.pid;
  }
}

/** The peer has closed loops only: its throughput is below our steady rates. */
function pacesOf({ protocol }: Endpoint, rows: number, isPeer: boolean): readonly Pace[] {
  const closed = CONCURRENCIES.map((callers) => ({ kind: 'closed', callers }) as const);
  const { single, batch } = STEADY_RATES[protocol.kind];
  return isPeer ? closed : [...closed, { kind: 'open', callsPerSecond: rows === 1 ? single : batch }];
}

function figuresOf(
  name: string,
  { calls, elapsedMs, p50Ms, p99Ms, serverCpuUs, serverWaitedMs }: ServedLoad,
): RunFigures {
  return {
    [`${name}_calls`]: { value: (calls * 1_000) / elapsedMs, unit: '1/s' },
    [`${name}_p50`]: { value: p50Ms, unit: 'ms' },
    [`${name}_p99`]: { value: p99Ms, unit: 'ms' },
    [`${name}_server_cpu`]: { value: serverCpuUs, unit: 'µs' },
    [`${name}_server_waited`]: { value: serverWaitedMs, unit: 'ms/s' },
  };
}

/** CPU time of the idle stream's consumers. It is part of the CPU time per call above. */
async function idleCpu(pid: number, { host }: BenchContext): Promise<RunFigures[string]> {
  const before = cpuUsOf(pid);
  await delay(IDLE_MS, host.interrupted);
  return { value: (cpuUsOf(pid) - before) / IDLE_MS, unit: 'ms/s' };
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}
