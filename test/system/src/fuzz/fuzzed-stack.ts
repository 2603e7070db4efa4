import { stackStatus } from '@fraudflow/local';
import { type RunningSystem, startSystem } from '../running-system.js';
import type { ServiceAddresses } from './fuzz-system.js';
import { FUZZ_TARGETS } from './fuzz-targets.js';

const SERVICES = FUZZ_TARGETS.map(({ service }) => service);

/** The stack with all services, and checks that no service ended during the calls. */
export interface FuzzedStack {
  readonly addresses: Readonly<Record<string, ServiceAddresses>>;
  /** Services that do not respond on /health, or were restarted. */
  unhealthy(): Promise<readonly string[]>;
  /** Resident memory of a service, MB. */
  memoryMb(service: string): Promise<number>;
  /** p99 of the event-loop delay since the last call of this function, seconds. */
  loopDelaySeconds(service: string): Promise<number>;
  stop(): Promise<void>;
}

export async function startFuzzedStack(): Promise<FuzzedStack> {
  const system = await startSystem(SERVICES);
  const addresses = Object.fromEntries(SERVICES.map((service) => [service, addressesOf(system, service)]));
  const metric = async (service: string, name: string): Promise<number> => {
    const text = await (await fetch(`${addresses[service]?.http}/metrics`)).text();
    return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
  };
  return {
    addresses,
    unhealthy: () => unhealthyServices(system, addresses),
    memoryMb: async (service) => (await metric(service, 'process_resident_memory_bytes')) / 2 ** 20,
    loopDelaySeconds: (service) => metric(service, 'nodejs_eventloop_lag_p99_seconds'),
    stop: () => system.stop(),
  };
}

function addressesOf({ stack }: RunningSystem, service: string): ServiceAddresses {
  const ports = stack.parts().find(({ name }) => name === service)?.ports ?? {};
  const { http, ...others } = ports;
  const grpc = Object.entries(others).map(([name, port]) => [name, `127.0.0.1:${port}`] as const);
  return { http: `http://127.0.0.1:${http}`, grpc: Object.fromEntries(grpc) };
}

async function unhealthyServices(
  { dataDir }: RunningSystem,
  addresses: Readonly<Record<string, ServiceAddresses>>,
): Promise<readonly string[]> {
  const { parts } = await stackStatus(dataDir);
  const found: string[] = [];
  for (const [service, { http }] of Object.entries(addresses)) {
    const isResponding = await fetch(`${http}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
    const restarts = parts.find(({ name }) => name === service)?.restarts ?? 0;
    if (!isResponding || restarts > 0) found.push(`${service}: responding ${isResponding}, restarts ${restarts}`);
  }
  return found;
}
