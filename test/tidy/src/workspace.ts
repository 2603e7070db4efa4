import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

export interface Package {
  readonly name: string;
  readonly directory: string;
  readonly tags: readonly string[];
  readonly dependencies: readonly string[];
}

export interface SourceFile {
  /** Relative to the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly isTest: boolean;
}

interface Manifest {
  readonly name: string;
  readonly nx?: { readonly tags?: readonly string[] };
  readonly dependencies?: Readonly<Record<string, string>>;
}

const SKIPPED = new Set(['node_modules', 'dist', 'generated', '.fraudflow', '.nx', '.git', 'coverage']);

/** Every workspace package with its layer tags and declared dependencies. */
export function packages(): readonly Package[] {
  const { workspaces } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { workspaces: string[] };
  return workspaces
    .flatMap((pattern) => (pattern.endsWith('/*') ? foldersIn(pattern.slice(0, -2)) : [pattern]))
    .filter((directory) => existsSync(join(ROOT, directory, 'package.json')))
    .map(readPackage);
}

function foldersIn(parent: string): readonly string[] {
  const entries = readdirSync(join(ROOT, parent), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(parent, entry.name));
}

function readPackage(directory: string): Package {
  const manifest = JSON.parse(readFileSync(join(ROOT, directory, 'package.json'), 'utf8')) as Manifest;
  return {
    name: manifest.name,
    directory: directory.split(sep).join('/'),
    tags: manifest.nx?.tags ?? [],
    dependencies: Object.keys(manifest.dependencies ?? {}),
  };
}

/** Every TypeScript file below a directory of the repository, without generated ones. */
export function sourcesBelow(directory: string): readonly SourceFile[] {
  const start = join(ROOT, directory);
  return existsSync(start)
    ? walk(start)
        .filter((path) => path.endsWith('.ts'))
        .map(read)
    : [];
}

/** Paths of all files below a directory with this ending, e.g. `.md`, relative to the repository. */
export function pathsBelow(directory: string, ending: string): readonly string[] {
  return walk(join(ROOT, directory))
    .filter((path) => path.endsWith(ending))
    .map((path) => relative(ROOT, path).split(sep).join('/'));
}

function walk(directory: string): readonly string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (!entry.isDirectory()) return [path];
    return SKIPPED.has(entry.name) ? [] : walk(path);
  });
}

function read(path: string): SourceFile {
  const inRepository = relative(ROOT, path).split(sep).join('/');
  return { path: inRepository, text: readFileSync(path, 'utf8'), isTest: isTestPath(inRepository) };
}

/** True for test code, by its path inside the repository: a checkout below a folder called `test` is not all tests. */
export function isTestPath(inRepository: string): boolean {
  return inRepository.endsWith('.test.ts') || /(^|\/)test\//.test(inRepository);
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^'"`;]*?from\s+['"]([^'"]+)['"]|(?:^|\n)\s*import\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g;

/** The module names a file imports, as written. */
export function importsOf(file: SourceFile): readonly string[] {
  return [...file.text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

/** `@scope/name/sub` → `@scope/name`; relative and node: imports → undefined. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined;
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
}
