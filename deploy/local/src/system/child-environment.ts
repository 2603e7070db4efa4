import { processEnvironment } from '@fraudflow/config';

type Environment = Readonly<Record<string, string | undefined>>;

/** What any program needs to find its files, its locale and its certificates. No credentials are among them. */
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

/** What Node itself and our services read, beside the variables that their `config.ts` declare. */
const SERVICE = ['NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS', 'NODE_ENV', 'CI', 'FORCE_COLOR', 'NO_COLOR'] as const;

/** Secrets in the environment, and the only services that need each. */
const SECRET_READERS: Readonly<Record<string, readonly string[]>> = {
  FRAUDFLOW_CARD_TOKEN_KEY: ['ingestion'],
  FRAUDFLOW_POSTGRES_URL: ['ingestion', 'feature-store', 'registry'],
  FRAUDFLOW_REDIS_URL: ['ingestion', 'feature-store', 'scorer', 'drift-monitor'],
};

/**
 * The environment of an embedded server (Kafka, Redis, Postgres): only the variables on an allow-list, so that
 * credentials which happen to be exported in the operator's shell do not reach processes that have no use for them.
 */
export function serverEnvironment(source: Environment = processEnvironment()): Record<string, string> {
  const allowed = new Set<string>([...GENERAL, 'JAVA_HOME']);
  return pick(source, (name) => allowed.has(name) || LOCALE.test(name));
}

/**
 * The environment of one of our services: as of a server, and FraudFlow's own variables without the secrets of other
 * services.
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

/** False for a secret that this service has no use for. A variable that is no secret may be read by all. */
export function mayRead(service: string, variable: string): boolean {
  return SECRET_READERS[variable]?.includes(service) ?? true;
}

function pick(source: Environment, isAllowed: (name: string) => boolean): Record<string, string> {
  const entries = Object.entries(source).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && isAllowed(entry[0]),
  );
  return Object.fromEntries(entries);
}
