import { join } from 'node:path';
import { processEnvironment } from '@fraudflow/config';
import { environmentOf, knownFlags } from '@fraudflow/runtime-tuning';
import { extractXgboostLibrary } from '../../embedded/xgboost-library.js';
import type { Part } from '../../supervise/part.js';
import { inheritedServiceEnvironment } from '../../system/child-environment.js';
import { repositoryRoot, type Layout } from '../../system/layout.js';
import type { StackAddresses } from '../settings/addresses.js';
import { bindAddress, reachableHost } from '../settings/bind-address.js';
import type { PortPlan } from '../settings/port-plan.js';
import { folderName } from '../settings/folder-name.js';
import { nodeFlags } from './node-flags.js';
import { readRuntimeSettings } from './runtime-file.js';
import { secretFromFile } from '../../system/secret-file.js';
import { nicenessOf, SERVICE_CATALOG, type ServicePorts } from './service-catalog.js';
import { serviceEnvironment, type EnvironmentSource } from './service-environment.js';
import { servicePart } from './service-part.js';
import type { StackOptions } from '../settings/stack-options.js';

interface ServiceContext {
  readonly layout: Layout;
  readonly libDir: string;
  readonly ports: PortPlan;
  readonly options: StackOptions;
  readonly servers: Omit<StackAddresses, 'services'>;
  readonly notice: (text: string) => void;
}

export interface PlannedServices {
  readonly parts: readonly Part[];
  readonly addresses: StackAddresses;
}

/** Assigns the ports of all services, then creates their parts: each service gets the addresses of the others. */
export async function planServices(context: ServiceContext): Promise<PlannedServices> {
  const { services = 'none', serviceScript = builtScript, env } = context.options;
  const planned = new Map<string, ServicePorts>();
  for (const name of services === 'none' ? [] : services) planned.set(name, await takePorts(name, context.ports));
  const host = reachableHost(bindAddress(env));
  const addresses: StackAddresses = {
    ...context.servers,
    services: Object.fromEntries([...planned].map(([name, ports]) => [name, addressOf(host, ports)])),
  };
  const source = environmentSource(context, addresses, planned);
  const parts = [...planned].map(([name, ports]) => {
    const tuning = environmentOf(readRuntimeSettings(name));
    return servicePart({
      name,
      script: serviceScript(name),
      ports,
      host,
      flags: knownFlags(nodeFlags(name, env), context.notice),
      niceness: nicenessOf(name),
      env: () => ({ ...tuning, ...inheritedServiceEnvironment(name), ...serviceEnvironment(source, name), ...env }),
    });
  });
  return { parts, addresses };
}

async function takePorts(name: string, plan: PortPlan): Promise<ServicePorts> {
  const ports: Record<string, number> & { http: number } = { http: 0 };
  for (const [use, usual] of Object.entries(SERVICE_CATALOG[name] ?? ports)) ports[use] = await plan.take(usual);
  return ports;
}

function addressOf(host: string, { http, grpc }: ServicePorts): { http: string; grpc?: string } {
  const base = `http://${host}:${http}`;
  return grpc === undefined ? { http: base } : { http: base, grpc: `${host}:${grpc}` };
}

/** Variables that the operator has set go before the values in the data folder. */
function environmentSource(
  { layout, libDir }: ServiceContext,
  addresses: StackAddresses,
  planned: ReadonlyMap<string, ServicePorts>,
): EnvironmentSource {
  const set = processEnvironment();
  const needsLibrary = planned.has('trainer') && !set['FRAUDFLOW_XGBOOST_LIBRARY'];
  return {
    addresses,
    servicePorts: Object.fromEntries([...planned].map(([name, ports]) => [name, { ...ports }])),
    artifactDir: set['FRAUDFLOW_REGISTRY_ARTIFACT_FOLDER'] || layout.artifacts,
    modelDir: set['FRAUDFLOW_SCORER_MODEL_FOLDER'] || join(layout.root, 'models'),
    instanceId: set['FRAUDFLOW_KAFKA_INSTANCE_ID'] || folderName(join(layout.root, 'data', 'instance.id')),
    xgboostLibrary: needsLibrary ? extractXgboostLibrary(libDir, layout.native) : undefined,
    cardTokenKey: set['FRAUDFLOW_CARD_TOKEN_KEY'] || secretFromFile(join(layout.root, 'data', 'card-token.key')),
  };
}

function builtScript(name: string): string {
  return join(repositoryRoot(), 'services', name, 'dist', 'main.js');
}
