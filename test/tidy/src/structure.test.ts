import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize, relative } from 'node:path/posix';
import { describe, expect, test } from 'vitest';
import { importsOf, packages, ROOT, sourcesBelow } from './workspace.js';

const README_LINES = 40;
const FOLDER_FILES = 15;

describe.each(packages().map((item) => [item.directory] as const))('%s', (directory) => {
  const product = sourcesBelow(join(directory, 'src')).filter((file) => !file.isTest);

  test(`has a README of at most ${README_LINES} lines`, () => {
    const readme = join(ROOT, directory, 'README.md');

    expect(existsSync(readme)).toBe(true);
    expect(readFileSync(readme, 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(README_LINES);
  });

  test('has a test target, so that `nx affected -t test` runs it', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, directory, 'package.json'), 'utf8')) as {
      readonly nx?: { readonly targets?: Readonly<Record<string, unknown>> };
    };

    expect(Object.keys(manifest.nx?.targets ?? {})).toContain('test');
  });

  test(`has no folder with more than ${FOLDER_FILES} product files`, () => {
    const counts = new Map<string, number>();
    for (const { path } of product) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);

    expect([...counts].filter(([, count]) => count > FOLDER_FILES)).toEqual([]);
  });

  test('has no cycle between folders', () => {
    const root = join(directory, 'src');
    // Files directly in src are nodes themselves: the index imports all folders, and folders import single files of the
    // root.
    const nodeOf = (path: string): string =>
      dirname(path) === root ? relative(root, path) : relative(root, dirname(path));
    const arrows = new Map<string, Set<string>>();
    for (const file of product) {
      const from = nodeOf(file.path);
      for (const specifier of importsOf(file)) {
        if (!specifier.startsWith('.')) continue;
        const to = nodeOf(normalize(join(dirname(file.path), specifier)).replace(/\.js$/, '.ts'));
        if (to !== from) arrows.set(from, (arrows.get(from) ?? new Set()).add(to));
      }
    }

    expect(cyclesOf(arrows)).toEqual([]);
  });
});

/** Folders that can be reached from themselves, with the way back. */
function cyclesOf(arrows: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  return [...arrows.keys()].flatMap((start) => {
    const way = wayBack(arrows, start);
    return way === undefined ? [] : [way.join(' → ')];
  });
}

function wayBack(arrows: ReadonlyMap<string, ReadonlySet<string>>, start: string): readonly string[] | undefined {
  const seen = new Set<string>();
  const queue: (readonly string[])[] = [[start]];
  for (let way = queue.shift(); way !== undefined; way = queue.shift()) {
    for (const next of arrows.get(way.at(-1) as string) ?? []) {
      if (next === start) return [...way, start];
      if (seen.has(next)) continue;
      seen.add(next);
      queue.push([...way, next]);
    }
  }
  return undefined;
}

const SKELETON = ['main.ts', 'start.ts', 'app.module.ts', 'config.ts', 'events.ts', 'streams.ts'];

describe.each(
  packages()
    .filter(({ tags }) => tags.includes('layer:service'))
    .map((item) => [item.directory] as const),
)('%s', (directory) => {
  const files = sourcesBelow(join(directory, 'src')).filter((file) => !file.isTest);
  const inRoot = files.filter(({ path }) => dirname(path) === join(directory, 'src')).map(({ path }) => basename(path));

  test('has the skeleton of a service', () => {
    expect(SKELETON.filter((name) => !inRoot.includes(name))).toEqual([]);
  });

  test('has beside the skeleton only metrics and lists of providers in its root', () => {
    const others = inRoot.filter((name) => !SKELETON.includes(name) && name !== 'metrics.ts');

    expect(others.filter((name) => !name.endsWith('.providers.ts'))).toEqual([]);
  });

  test('lets Nest build its objects: its start creates nothing', () => {
    const start = files.find(({ path }) => path === join(directory, 'src/start.ts'));

    expect(start?.text.match(/\bnew [A-Z]\w*/g) ?? []).toEqual([]);
  });

  test('has its controllers under protocols', () => {
    const elsewhere = files.filter(({ path }) => path.endsWith('.controller.ts') && !path.includes('/protocols/'));

    expect(elsewhere.map(({ path }) => path)).toEqual([]);
  });
});
