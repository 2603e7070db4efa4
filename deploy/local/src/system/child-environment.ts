import { processEnvironment } from '@fraudflow/config';

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables for paths, locale and certificates, which any program needs. They contain no credentials. */
const GENERAL = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'TZ',
  'TMPDIR',
  'LD_LIBRARY_PATH',
  'DYLD_LIBRARY_PATH',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
] as const;
const LOCALE = /^LC_[A-Z]+$/;

/** Variables that Node and the services read, in addition to those of their `config.ts`. */
const SERVICE = ['NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS', 'NODE_ENV', 'CI', 'FORCE_COLOR', 'NO_COLOR'] as const;

/** Secrets in the environment, and the only services that need each. */
const SECRET_READERS: Readonly<Record<string, readonly string[]>> = {
  FRAUDFLOW_CARD_TOKEN_KEY: ['ingestion'],
  FRAUDFLOW_POSTGRES_URL: ['ingestion', 'feature-store', 'registry'],
  FRAUDFLOW_REDIS_URL: ['ingestion', 'feature-store', 'scorer', 'drift-monitor'],
};

/**
 * The environment of an embedded server (Kafka, Redis, Postgres): only the variables on an allow-list, so that
 * credentials exported in the operator's shell do not reach processes that do not need them.
 */
export function serverEnvironment(source: Environment = processEnvironment()): Record<string, string> {
  const allowed = new Set<string>([...GENERAL, 'JAVA_HOME']);
  return pick(source, (name) => allowed.has(name) || LOCALE.test(name));
}

/**
 * The environment of a service: that of a server, and the FRAUDFLOW_ variables without the secrets of other services.
 */
export function inheritedServiceEnvironment(
  service: string,
  source: Environment = processEnvironment(),
): Record<string, string> {
  const allowed = new Set<string>([...GENERAL, ...SERVICE]);
  return pick(
    source,
    (name) =>
      allowed.has(name) ||
      LOCALE.test(name) ||
      name.startsWith('OTEL_') ||
      (name.startsWith('FRAUDFLOW_') && mayRead(service, name)),
  );
}

/** False for a secret that this service does not need. All services may read other variables. */
export function mayRead(service: string, variable: string): boolean {
  return SECRET_READERS[variable]?.includes(service) ?? true;
}

function pick(source: Environment, isAllowed: (name: string) => boolean): Record<string, string> {
  const entries = Object.entries(source).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && isAllowed(entry[0]),
  );
  return Object.fromEntries(entries);
}
