import { mayRead } from '../../system/child-environment.js';
import type { StackAddresses } from '../settings/addresses.js';

/** Values of a stack from which the environment of its services is made. */
export interface EnvironmentSource {
  readonly addresses: StackAddresses;
  /** Ports by service and use. */
  readonly servicePorts: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly artifactDir: string;
  /** Folder of the last model the scorer served. */
  readonly modelDir: string;
  readonly xgboostLibrary: string | undefined;
  /** Identifies the workers of this stack on a shared Kafka; the same after a restart. */
  readonly instanceId: string;
  /** Base64 key of the card tokens. */
  readonly cardTokenKey: string;
}

/** The variables of a service of this stack, by the names in its `config.ts`. */
export function serviceEnvironment(source: EnvironmentSource, service: string): Readonly<Record<string, string>> {
  const { addresses } = source;
  return {
    FRAUDFLOW_KAFKA_BROKERS: addresses.kafkaBrokers.join(','),
    ...(mayRead(service, 'FRAUDFLOW_REDIS_URL') ? { FRAUDFLOW_REDIS_URL: addresses.redisUrl } : {}),
    ...(mayRead(service, 'FRAUDFLOW_POSTGRES_URL') ? { FRAUDFLOW_POSTGRES_URL: addresses.postgresUrl } : {}),
    ...addressesOfPeers(addresses),
    ...portsOf(service, source.servicePorts[service] ?? {}),
    ...SPECIAL[service]?.(source),
  };
}

/**
 * An instance with an id is a static member of its groups: after a kill and restart it gets its partitions back
 * immediately, not after the session timeout.
 */
const SPECIAL: Readonly<Record<string, (source: EnvironmentSource) => Record<string, string>>> = {
  'feature-store': ({ instanceId }) => ({ FRAUDFLOW_KAFKA_INSTANCE_ID: instanceId }),
  ingestion: ({ instanceId, cardTokenKey }) => ({
    FRAUDFLOW_KAFKA_INSTANCE_ID: instanceId,
    FRAUDFLOW_CARD_TOKEN_KEY: cardTokenKey,
  }),
  scorer: ({ modelDir }) => ({ FRAUDFLOW_SCORER_MODEL_FOLDER: modelDir }),
  registry: ({ artifactDir }) => ({ FRAUDFLOW_REGISTRY_ARTIFACT_FOLDER: artifactDir }),
  trainer: ({ xgboostLibrary }) => (xgboostLibrary === undefined ? {} : { FRAUDFLOW_XGBOOST_LIBRARY: xgboostLibrary }),
};

function portsOf(service: string, ports: Readonly<Record<string, number>>): Record<string, string> {
  const entries = Object.entries(ports).map(([use, port]) => [
    `${prefix(service)}_${use.toUpperCase()}_PORT`,
    `${port}`,
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}

function addressesOfPeers(addresses: StackAddresses): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [service, { http, grpc }] of Object.entries(addresses.services)) {
    variables[`${prefix(service)}_HTTP_ADDRESS`] = http;
    if (grpc !== undefined) variables[`${prefix(service)}_GRPC_ADDRESS`] = grpc;
  }
  return variables;
}

function prefix(service: string): string {
  return `FRAUDFLOW_${service.toUpperCase().replaceAll('-', '_')}`;
}
