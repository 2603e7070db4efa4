import { dirname, join } from 'node:path/posix';
import { describe, expect, test } from 'vitest';
import { importsOf, type Package, packageOf, packages, type SourceFile, sourcesBelow } from './workspace.js';

const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'layer:core': [],
  'layer:contract': ['layer:core'],
  'layer:domain': ['layer:core', 'layer:domain'],
  'layer:platform': ['layer:core', 'layer:contract', 'layer:platform'],
  'layer:learner': ['layer:core', 'layer:contract', 'layer:domain', 'layer:platform'],
  'layer:service-platform': ['layer:core', 'layer:contract', 'layer:platform'],
  'layer:service': [
    'layer:core',
    'layer:contract',
    'layer:domain',
    'layer:platform',
    'layer:learner',
    'layer:service-platform',
  ],
  'layer:bench': ['layer:core', 'layer:contract', 'layer:domain', 'layer:platform', 'layer:learner', 'layer:tool'],
  'layer:tool': [
    'layer:core',
    'layer:contract',
    'layer:domain',
    'layer:platform',
    'layer:learner',
    'layer:tool',
    'layer:bench',
  ],
  'layer:test': [
    'layer:core',
    'layer:contract',
    'layer:domain',
    'layer:platform',
    'layer:learner',
    'layer:service-platform',
    'layer:tool',
    'layer:bench',
    'layer:test',
  ],
};

/** Top-level folders that a package of a folder must not import, in its tests either. */
const BANNED_FOLDERS: Readonly<Record<string, readonly string[]>> = {
  libs: ['services', 'deploy', 'bench', 'cli'],
  services: ['deploy', 'bench', 'cli'],
  deploy: ['services', 'bench', 'cli'],
  bench: ['services', 'cli'],
};

/** Of the platform, a platform library may use only these two. */
const PLATFORM_BASE = new Set(['@fraudflow/config', '@fraudflow/observability']);

const DOMAIN_BANS = [
  /^@nestjs\//,
  /^kafkajs$/,
  /^typeorm$/,
  /^pg/,
  /^ioredis$/,
  /^@grpc\//,
  /^onnxruntime-node$/,
  /^zod$/,
];
const CONTRACT_EXTERNALS = new Set(['zod', '@bufbuild/protobuf', '@grpc/grpc-js']);
/** Drivers a service touches only in `adapters/` folders or in its composition root. */
const DRIVERS = new Set(['kafkajs', 'pg', 'pg-copy-streams', 'typeorm', 'ioredis', 'onnxruntime-node', 'koffi']);
/** Native libraries are loaded only here: each needs its own checks before a call. */
const NATIVE_HOMES: Readonly<Record<string, RegExp>> = {
  'onnxruntime-node': /^(libs\/inference\/src|services\/scorer\/src\/models\/adapters)\//,
  koffi: /^libs\/xgboost\/src\//,
};
const COMPOSITION = /\/(app\.module|main|start|migrations\/[^/]+|[a-z-]+\.entity)\.ts$/;

const all = packages();
const byName = new Map(all.map((item) => [item.name, item]));
const MIN_PRODUCT_FILES = 600;

test('the rules look at the whole product', () => {
  const product = all.flatMap((item) => sourcesBelow(item.directory)).filter((file) => !file.isTest);

  expect(product.length).toBeGreaterThan(MIN_PRODUCT_FILES);
});

const layerOf = (item: Package | undefined): string => item?.tags.find((tag) => tag.startsWith('layer:')) ?? 'none';

describe.each(all.map((item) => [item.name, item] as const))('%s', (_name, item) => {
  const files = sourcesBelow(item.directory);
  const product = files.filter((file) => !file.isTest);

  test('declares what its sources import', () => {
    const used = new Set(files.flatMap(importsOf).map(packageOf));
    const undeclared = [...used].filter(
      (name) => name !== undefined && name !== item.name && !item.dependencies.includes(name) && !TEST_TOOLS.has(name),
    );

    expect(undeclared).toEqual([]);
  });

  test('imports only the layers below it', () => {
    const allowed = MAY_IMPORT[layerOf(item)];
    const wrong = product.flatMap((file) =>
      importsOf(file)
        .map((specifier) => byName.get(packageOf(specifier) ?? ''))
        .filter((target): target is Package => target !== undefined && target.name !== item.name)
        .filter((target) => !isAllowed(item, target, allowed ?? []))
        .map((target) => `${file.path} imports ${target.name}`),
    );

    expect(allowed, `${item.name} has no known layer tag`).toBeDefined();
    expect(wrong).toEqual([]);
  });

  test('imports nothing of the folders above its own', () => {
    const banned = BANNED_FOLDERS[topFolderOf(item)] ?? [];
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .map((specifier) => importedPackage(file, specifier))
        .filter((target): target is Package => target !== undefined && banned.includes(topFolderOf(target)))
        .map((target) => `${file.path} imports ${target.name}`),
    );

    expect(wrong).toEqual([]);
  });

  test('keeps frameworks and drivers where they belong', () => {
    const wrong = product.flatMap((file) =>
      importsOf(file)
        .filter((specifier) => isMisplaced(layerOf(item), file.path, specifier))
        .map((specifier) => `${file.path} imports ${specifier}`),
    );

    expect(wrong).toEqual([]);
  });
});

const topFolderOf = ({ directory }: Package): string => directory.split('/')[0] ?? '';

/** The package that an import leads to, by its name or by a relative path; undefined for a third party's. */
function importedPackage(file: SourceFile, specifier: string): Package | undefined {
  if (!specifier.startsWith('.')) return byName.get(packageOf(specifier) ?? '');
  const path = join(dirname(file.path), specifier);
  return all.find(({ directory }) => path.startsWith(`${directory}/`));
}

const TEST_TOOLS = new Set(['vitest', 'fast-check', 'vite']);

function isAllowed(from: Package, target: Package, allowed: readonly string[]): boolean {
  if (!allowed.includes(layerOf(target))) return false;
  return layerOf(from) !== 'layer:platform' || layerOf(target) !== 'layer:platform' || PLATFORM_BASE.has(target.name);
}

function isMisplaced(layer: string, path: string, specifier: string): boolean {
  const name = packageOf(specifier);
  if (name === undefined || name.startsWith('@fraudflow/')) return false;
  if (layer === 'layer:core') return true;
  if (NATIVE_HOMES[name]?.test(path) === false) return true;
  if (layer === 'layer:contract') return !CONTRACT_EXTERNALS.has(name);
  if (layer === 'layer:domain') return DOMAIN_BANS.some((ban) => ban.test(name));
  if (layer === 'layer:service') return DRIVERS.has(name) && !path.includes('/adapters/') && !COMPOSITION.test(path);
  return false;
}
