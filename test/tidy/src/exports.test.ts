import { describe, expect, test } from 'vitest';
import {
  declarationIn,
  type ExportedName,
  exportedNames,
  importedNames,
  isNamedIn,
  mentions,
  numericParameters,
  readText,
} from './exports.js';
import { packages, pathsBelow } from './workspace.js';

/** Libraries of numbers: their functions state parameters and results. */
const NUMERIC_LIBRARIES = ['libs/stats', 'libs/drift', 'libs/learning', 'libs/features'];
/** Libraries whose functions are formulas and name their source. */
const FORMULA_LIBRARIES = ['libs/stats'];
/** Libraries that still export by `export *` or lack docstrings. Only remove entries. */
const NOT_CONVERTED: readonly string[] = [];

const all = packages();
const libraries = all.filter(({ directory }) => directory.startsWith('libs/'));
const importsByPackage = new Map(all.map((item) => [item.directory, importedNames(codeOf(item.directory))] as const));
const guides = [...pathsBelow('docs', '.md'), 'README.md', 'CONTRIBUTING.md'].map(readText).join('\n');

function codeOf(directory: string): readonly string[] {
  return [...pathsBelow(directory, '.ts'), ...pathsBelow(directory, '.mjs')].map(readText);
}

function isImported(item: { readonly name: string; readonly directory: string }, exported: string): boolean {
  return all.some(
    ({ directory }) =>
      directory !== item.directory && importsByPackage.get(directory)?.has(`${item.name}#${exported}`) === true,
  );
}

type Problem = (exported: ExportedName) => string | undefined;

const isCallable = ({ kind }: ExportedName): boolean => kind === 'function' || kind === 'class';
const hasSentence: Problem = (exported) => {
  const text = exported.doc.split(/^@/m)[0] as string;
  const isDocumented = isCallable(exported) ? /^\S+\s+\S+\s+[\s\S]*[.:]/.test(text) : exported.doc !== '';
  return isDocumented ? undefined : 'has no docstring with a full sentence above it';
};
const statesFailures: Problem = ({ doc, code, kind }) =>
  (kind === 'function' || kind === 'class') &&
  /\bthrow /.test(code) &&
  !(kind === 'class' ? doc + code : doc).includes('@throws')
    ? 'throws, and its docstring has no @throws'
    : undefined;
const statesResult: Problem = ({ doc, kind }) =>
  kind === 'function' && !/@returns|\bReturns\b/.test(doc) ? 'has no @returns' : undefined;
const statesNumbers: Problem = (exported) => {
  const missing = exported.kind === 'function' ? numericParameters(exported) : [];
  const undocumented = missing.filter((name) => !new RegExp(String.raw`@param ${name}\b`).test(exported.doc));
  return undocumented.length === 0 ? undefined : `has no @param for ${undocumented.join(', ')}`;
};
const namesSource: Problem = ({ doc, kind }) =>
  kind === 'function' && !/@see|\bSource:/.test(doc) ? 'names no source: @see or Source:' : undefined;

/** Rules for docstrings in a package, each a sentence about the exported name. */
function rulesOf(directory: string): readonly Problem[] {
  return [
    hasSentence,
    statesFailures,
    ...(NUMERIC_LIBRARIES.includes(directory) ? [statesResult, statesNumbers] : []),
    ...(FORMULA_LIBRARIES.includes(directory) ? [namesSource] : []),
  ];
}

function docProblems(directory: string): readonly string[] {
  return exportedNames(directory)
    .filter(({ kind }) => kind !== 'external')
    .flatMap((exported) =>
      rulesOf(directory).flatMap((rule) => {
        const problem = rule(exported);
        return problem === undefined ? [] : [`${exported.name} ${problem}`];
      }),
    );
}

function unusedNames(item: { readonly name: string; readonly directory: string }): readonly string[] {
  const names = exportedNames(item.directory);
  const texts = guides + readText(`${item.directory}/README.md`);
  return names
    .filter(({ name }) => !isImported(item, name) && !isNamedIn(texts, name))
    .filter(({ name, kind }) => kind !== 'type' || !names.some((other) => other.name !== name && mentions(other, name)))
    .map(({ name }) => name);
}

function wildcards(directory: string): readonly string[] {
  return readText(`${directory}/src/index.ts`).match(/^export (?:type )?\* from .*$/gm) ?? [];
}

const converted = libraries.filter(({ directory }) => !NOT_CONVERTED.includes(directory));

const SAMPLE = `
/** Not this one. */
const hidden = 1;

/**
 * Counts rows.
 *
 * @param rows at least one.
 */
@Injectable()
export class Counter {
  private rows: Hidden[] = [];

  add(row: Row): void {
    throw new Error('x');
  }
}

export const scale = (value: number, { by }: Options, steps = 10): number =>
  value * by * steps;

export function spread<T extends Row>(
  values: readonly number[],
  pick: (row: T, at: number) => Row,
  weights?: Float64Array,
): readonly Spread[] {
  const inner = (x: Inner) => x;
  return inner(values);
}
`;

test('a declaration is read with its docstring, its kind and its end', () => {
  const [counter, scale] = ['Counter', 'scale'].map((name) => declarationIn(SAMPLE, name));

  expect(counter).toMatchObject({ kind: 'class', doc: 'Counts rows.\n\n@param rows at least one.' });
  expect(counter?.code.endsWith("throw new Error('x');\n  }\n}")).toBe(true);
  expect(scale).toMatchObject({ kind: 'function', doc: '' });
  expect(scale?.code.endsWith('value * by * steps;')).toBe(true);
  expect(declarationIn(SAMPLE, 'hidden').kind).toBe('external');
});

test('numeric parameters and the types of a signature are read', () => {
  const spread = declarationIn(SAMPLE, 'spread');
  const counter = declarationIn(SAMPLE, 'Counter');

  expect(numericParameters(spread)).toEqual(['values', 'weights']);
  expect(numericParameters(declarationIn(SAMPLE, 'scale'))).toEqual(['value', 'steps']);
  expect(['Row', 'Spread', 'Inner'].map((type) => mentions(spread, type))).toEqual([true, true, false]);
  expect(['Row', 'Hidden'].map((type) => mentions(counter, type))).toEqual([true, false]);
});

test('the rules read exported functions of the libraries', () => {
  const functions = converted
    .flatMap((item) => exportedNames(item.directory))
    .filter(({ kind }) => kind === 'function');

  expect(functions.length).toBeGreaterThan(80);
  expect(functions.every(({ code }) => code.includes('('))).toBe(true);
});

describe.each(converted.map((item) => [item.directory, item] as const))('%s', (directory, item) => {
  test('exports names, not whole files', () => {
    expect(wildcards(directory)).toEqual([]);
  });

  test('exports only what another package imports, a document names, or a signature needs', () => {
    expect(unusedNames(item)).toEqual([]);
  });

  test('documents every exported name', () => {
    expect(docProblems(directory)).toEqual([]);
  });
});

test.each(NOT_CONVERTED)('%s still needs its exemption', (directory) => {
  const item = libraries.find((library) => library.directory === directory);
  const problems = item ? [...wildcards(directory), ...unusedNames(item), ...docProblems(directory)] : [];

  expect(problems).not.toEqual([]);
});
