/**
 * First version of each release line that carries the fix of CVE-2025-49844 (use after free in Lua scripts, code
 * execution) and the other Lua fixes published with it. Older lines are no longer maintained; newer
 * lines are not affected. Source: security advisories of Redis (GHSA-4789-qfc9-5f9q) and Valkey (8.1.4, 8.0.6, 7.2.11).
 */
const FIXED_REDIS = ['6.2.20', '7.2.11', '7.4.6', '8.0.4', '8.2.2'] as const;
const FIXED_VALKEY = ['7.2.11', '8.0.6', '8.1.4'] as const;

/** Distribution packages that carry the fix under an older upstream version: first fixed version per release. */
const FIXED_PACKAGES: readonly { readonly matches: RegExp; readonly fixed: string }[] = [
  { matches: /~deb12u\d+$/, fixed: '5:7.0.15-1~deb12u6' },
  { matches: /\+deb13u\d+$/, fixed: '5:8.0.2-3+deb13u1' },
];

export interface ServerVersion {
  readonly product: 'redis' | 'valkey';
  readonly version: string;
}

/** Product and version in the output of `redis-server --version`; undefined if it is neither Redis nor Valkey. */
export function parseServerVersion(line: string): ServerVersion | undefined {
  const found = /^(Redis|Valkey) server v=(\d+\.\d+\.\d+)/.exec(line.trim());
  if (!found) return undefined;
  return { product: found[1] === 'Valkey' ? 'valkey' : 'redis', version: String(found[2]) };
}

/**
 * True if this upstream version carries the fixes: at or above the first fixed version of its line, or of a newer line
 * than all listed.
 */
export function carriesLuaFixes({ product, version }: ServerVersion): boolean {
  const fixes = product === 'valkey' ? FIXED_VALKEY : FIXED_REDIS;
  const line = lineOf(version);
  const fixed = fixes.find((candidate) => lineOf(candidate) === line);
  if (fixed !== undefined) return compareVersions(version, fixed) >= 0;
  return compareVersions(version, String(fixes.at(-1))) > 0;
}

/**
 * The first fixed version of a Debian package of the release that this version was made for; undefined if the release
 * is not known.
 */
export function firstFixedPackage(packageVersion: string): string | undefined {
  return FIXED_PACKAGES.find(({ matches }) => matches.test(packageVersion))?.fixed;
}

/** `7.2` of `7.2.11`: fixes are published per release line. */
function lineOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map((version) => version.split('.').map(Number));
  for (let part = 0; part < 3; part++) {
    const difference = Number(a?.[part]) - Number(b?.[part]);
    if (difference !== 0) return difference;
  }
  return 0;
}
