import { spawnSync } from 'node:child_process';

/**
 * The flags that this version of node supports. V8 flags differ between versions, and node refuses to start with an
 * unknown one. Such a flag is left out with a notice, which costs speed or memory but not the process.
 * @param notice called with one sentence per flag that is left out
 * @param known names without dashes and values; by default those of the running node
 */
export function knownFlags(
  flags: readonly string[],
  notice: (text: string) => void,
  known: ReadonlySet<string> = flagsOfThisNode(),
): readonly string[] {
  return flags.filter((flag) => {
    const isKnown = known.has(normalised(flag));
    if (!isKnown) notice(`node ${process.version} does not support the flag ${flag}; it is omitted`);
    return isKnown;
  });
}

let cachedFlags: ReadonlySet<string> | undefined;

/** Names of all V8 flags of the running node, read once. */
function flagsOfThisNode(): ReadonlySet<string> {
  if (cachedFlags === undefined) {
    const { stdout } = spawnSync(process.execPath, ['--v8-options'], { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 });
    const names = [...stdout.matchAll(/^\s+--(?:no-)?([a-z0-9_-]+)/gm)].map(([, name]) =>
      String(name).replaceAll('_', '-'),
    );
    cachedFlags = new Set(names);
  }
  return cachedFlags;
}

/**
 * `--no-allocation-site-pretenuring` and `--heap_growing_percent=80` name the flags `allocation-site-pretenuring` and
 * `heap-growing-percent`.
 */
function normalised(flag: string): string {
  return flag
    .replace(/^--(no-)?/, '')
    .replace(/=.*$/, '')
    .replaceAll('_', '-');
}
